#!/usr/bin/env python3
"""Texts and queries of every kind: no write fails, no query raises, the leakproof operator says nothing but its answer, every vector
passes through the server's binary form unchanged, and the index answers what the operator does.

2,000 texts by 500 queries are a million inputs; ROWKIT_SOAK=1 takes ten times as many texts. ROWKIT_SEED replays a run.
"""
import os
import random
import subprocess
import sys

TEXTS = 20_000 if os.environ.get("ROWKIT_SOAK") else 2_000
SEED = int(os.environ.get("ROWKIT_SEED", "20241115"))
r = random.Random(SEED)
RANGES = [(0x20, 0x7E), (0x20, 0x7E), (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xFF01, 0xFF9F), (0xA0, 0x24F), (0x300, 0x36F), (0x590, 0x6FF), (0x900, 0xDFF),
          (0xE00, 0xEFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0xAC00, 0xD7A3), (0x2000, 0x2BFF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (1, 0x1F), (0xE000, 0xF8FF), (0xFE00, 0xFE0F)]
PIECES = ["株式会社", "㈱", "佐藤 太郎", "03-1234-5678", "+81 90 1111 2222", "sato@example.com", "https://example.com/a?b=c#d", "INV-2024-00123", "'", "''", "\\", "\\'", '"', " or ", " -", ":*",
          "<->", "&", "|", "!", "(", ")", "々", "ー", "\u200d", "e\u0301", "ｶﾞ", "a" * 300, "9" * 40, "https://", "@", "..", "--", "　", "\n", "\t", "ก็", "مرحبا"]


def text(longest):
    low, high = r.choice(RANGES)
    made = []
    for _ in range(r.randint(0, longest)):
        if r.random() < 0.3:
            made.append(r.choice(PIECES))
        if r.random() < 0.1:
            low, high = r.choice(RANGES)
        made.append(chr(r.randint(low, high)))
    return "".join(made)


def literal(value):
    return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def psql(script):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=script, capture_output=True, text=True, encoding="utf-8")
    if done.stderr:
        sys.exit(f"search_fuzz: (seed {SEED}) " + done.stderr[:1000])
    return done.stdout.split()


texts = ",\n".join(f"({n}, {literal(text(40))}, jsonb_build_array({literal(text(20))}, {r.randint(-10**9, 10**9)}))" for n in range(TEXTS))
queries = ",\n".join(f"({n}, {literal(text(8))})" for n in range(500))
psql(f"""CREATE TABLE noise (id integer PRIMARY KEY, body text, more jsonb, v tsvector);
CREATE TRIGGER noise_v BEFORE INSERT ON noise FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'body:A', 'more:C');
INSERT INTO noise (id, body, more) VALUES {texts};
CREATE TABLE asked (n integer PRIMARY KEY, query text);
INSERT INTO asked VALUES {queries};
ALTER TABLE asked ADD q tsquery;
UPDATE asked SET q = rowkit.search_query(query);
CREATE INDEX noise_v_idx ON noise USING gin (v rowkit.search_ops);
ANALYZE noise;""")
[inputs, matched] = psql("SELECT count(*), count(*) FILTER (WHERE rowkit_internal._matches(v, q)) FROM noise CROSS JOIN asked;")[0].split("|")
[by_index] = psql("""SET enable_seqscan = off;
SELECT sum((SELECT count(*) FROM noise WHERE v OPERATOR(rowkit.@~) q)) FROM asked;""")
[unlike] = psql("""CREATE TABLE copied (v tsvector);
\\copy (SELECT v FROM noise ORDER BY id) TO PROGRAM 'cat > /tmp/rowkit.noise' WITH (FORMAT binary)
\\copy copied FROM PROGRAM 'cat /tmp/rowkit.noise; rm /tmp/rowkit.noise' WITH (FORMAT binary)
SELECT count(*) FROM (SELECT v::text FROM noise EXCEPT ALL SELECT v::text FROM copied) AS unlike;""")
[marked, broken] = psql(r"""SELECT count(*) FILTER (WHERE html LIKE '%<mark>%'), count(*) FILTER (WHERE
    html ~ '<(?!/?mark>)' OR replace(replace(replace(replace(replace(replace(replace(html, '<mark>', ''), '</mark>', ''), '&lt;', '<'), '&gt;', '>'),
    '&quot;', '"'), '&#39;', ''''), '&amp;', '&') <> body)
    FROM (SELECT body, rowkit.search_highlight(body, query) AS html FROM noise JOIN asked ON n % 50 = id % 50) AS shown;""")[0].split("|")
[own] = psql("""SELECT count(*) FROM noise WHERE body ~ '^[ぁ-んァ-ヶ一-龠]{2,}$' AND NOT v OPERATOR(rowkit.@~) rowkit.search_query(body);""")
print(f"search_fuzz: {inputs} inputs, {matched} matches, {by_index} by index; {marked} texts marked (seed {SEED})")
if int(inputs) < 1_000_000 or int(matched) < 1000 or by_index != matched or unlike != "0" or broken != "0" or own != "0" or int(marked) < 100:
    sys.exit(f"search_fuzz: unlike after copying: {unlike}, texts broken by marks: {broken}, texts that do not find themselves: {own}")
