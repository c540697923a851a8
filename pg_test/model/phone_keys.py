#!/usr/bin/env python3
"""Every spelling of a telephone number has one key: the example numbers of all regions, of each kind of number, in 17 spellings.

The numbers come from the PyPI package phonenumbers (libphonenumber's metadata). Each spelling goes into a table of its own, with one unique column for
each region; the keys that rowkit keeps must be the digits of E.164. `phone_keys.py --write` makes src/core/fields/phone_regions.tsv anew from the package;
without it the test also fails when that file is not what the package says.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

sys.path.insert(0, str(pathlib.Path(os.environ["ROWKIT_PYTHON"]) / "packages"))
import phonenumbers  # noqa: E402
from phonenumbers import PhoneMetadata, PhoneNumberFormat, format_number  # noqa: E402

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src/core/fields/phone_regions.tsv"
KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail")
# Where the digits behind another country's exit code are a number of the region's own, too, nobody can tell which is meant.
AMBIGUOUS = {("SC", "011"), ("NL", "011"), ("NL", "010"), ("KR", "0011")}


def lines():
    yield "# Numbering plans of regions (ISO 3166) and of calling codes without one (001): libphonenumber's metadata, Copyright The Libphonenumber Authors,"
    yield "# licensed under the Apache License 2.0 (phone_regions.license.txt), by the PyPI package phonenumbers; made by pg_test/model/phone_keys.py --write. Regions that share a code"
    yield "# stand together, the main one first."
    yield "# region, calling code, exit codes, trunk prefix, its replacement, whether one dials a trunk prefix, lengths, possible numbers, valid numbers"
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        for region in regions:
            data = PhoneMetadata.metadata_for_nongeo_region(code) if region == "001" else PhoneMetadata.metadata_for_region(region)
            kinds = [getattr(data, kind) for kind in KINDS]
            valid = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
            yield "\t".join([
                region, str(code), data.international_prefix or "", data.national_prefix_for_parsing or "", data.national_prefix_transform_rule or "",
                "trunk" if data.national_prefix else "", ",".join(map(str, data.general_desc.possible_length)), data.general_desc.national_number_pattern,
                "|".join(dict.fromkeys(valid))])


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def spellings(number, region):
    e164, national, international = (format_number(number, form) for form in (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL))
    code, digits = str(number.country_code), re.sub(r"\D", "", national)
    data = PhoneMetadata.metadata_for_region(region)
    yield "E.164", e164
    yield "international", international
    yield "national", national
    yield "digits", digits
    yield "spaced", re.sub(r"\D+", " ", national).strip()
    yield "full width", wide(national)
    yield "without trunk prefix", e164[1 + len(code):]
    yield "without plus", international[1:]
    yield "dots", international.replace(" ", ".")
    yield "dashes", international.replace(" ", "-")
    if data.national_prefix == "0" and national.startswith("0"):
        yield "(0)", f"+{code} (0){national[1:]}"
        yield "(0) without plus", f"{code} (0){national[1:]}"
    exit_code = {"8~10": "810"}.get(data.preferred_international_prefix, data.preferred_international_prefix or data.international_prefix)
    if re.fullmatch(r"\d+", exit_code):
        yield "own exit code", f"{exit_code} {international[1:]}"
    for exit_code in ("00", "011", "0011", "010"):
        if (region, exit_code) not in AMBIGUOUS:
            yield exit_code, f"{exit_code} {international[1:]}"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def main():
    if sys.argv[1:] == ["--write"]:
        TABLE.write_text("\n".join(lines()) + "\n")
        return 0
    if TABLE.read_text() != "\n".join(lines()) + "\n":
        print("phone_regions.tsv is not what phonenumbers says: run phone_keys.py --write")
        return 1
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    # spelling -> the record's number -> its columns
    records, expected, asked = {}, {}, Counter()
    for region in regions:
        numbers = {}
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number:
                numbers[format_number(number, PhoneNumberFormat.E164)] = number
        for place, (e164, number) in enumerate(numbers.items()):
            for spelling, text in spellings(number, region):
                # A column takes no fewer digits, and no more.
                if not 6 <= len(re.sub(r"\D", "", text)) <= 20:
                    continue
                records.setdefault(spelling, {}).setdefault(place, {})[region] = text
                expected[spelling, place, region] = e164[1:]
                asked[spelling] += 1
    identity = lambda kind, n: f"00000000-0000-4000-{kind}-{n:012}"
    script = ["SET client_min_messages = warning; SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'public');",
              f"INSERT INTO organizations (id, name) VALUES ('{identity('8000', 1)}', 'Acme');"]
    names = list(records)
    for n, spelling in enumerate(names):
        table = identity("8001", n)
        script.append(f"INSERT INTO tables (id, organization_id, name) VALUES ('{table}', '{identity('8000', 1)}', {literal(spelling)});")
        columns = ",".join(f"('{table}', 'in_{region.lower()}', 'phone', true, '{json.dumps({'default_region': region})}')" for region in regions)
        script.append(f"INSERT INTO table_columns (table_id, name, type, is_unique, options) VALUES {columns};")
        for place, data in records[spelling].items():
            document = json.dumps({'in_' + region.lower(): text for region, text in data.items()}, ensure_ascii=False)
            script.append(f"INSERT INTO records (id, table_id, data) SELECT '{identity(f'9{n:03}', place)}', '{table}', given.data FROM rowkit.cast_record('{table}', {literal(document)}) AS given;")
    script.append("SELECT 'key', key.record_id, named.name, key.key FROM record_keys AS key JOIN table_columns AS named ON named.id::text = key.column_id;")
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\t"], input="\n".join(script), capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[:2000])
        return 1
    found = {}
    for line in done.stdout.splitlines():
        kind, *rest = line.split("\t")
        if kind == "key":
            record, column, key = rest
            found[names[int(record[20:23])], int(record[24:]), column[3:].upper()] = key
    wrong = [(spelling, region, records[spelling][place][region], found.get((spelling, place, region)), key)
             for (spelling, place, region), key in expected.items() if found.get((spelling, place, region)) != key]
    print(f"phone_keys: {len(regions)} regions, {len(expected)} numbers in {len(asked)} spellings, {len(wrong)} with another key")
    for line in wrong[:40]:
        print("   ", *line)
    # A test without numbers would prove nothing.
    return 0 if not wrong and len(expected) > 15_000 and len(regions) >= 245 else 1


if __name__ == "__main__":
    sys.exit(main())
