"""One psql session of a test, and what its statements answer."""
import subprocess


class Session:
    """psql fed statement by statement; each answer ends with a marker."""

    def __init__(self, *setup):
        self.psql = subprocess.Popen(["psql", "-XAtq", "-v", "VERBOSITY=sqlstate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, bufsize=1)
        for sql in setup:
            self.run(sql)

    def run(self, sql):
        self.psql.stdin.write(sql + "\n\\echo --done\n")
        lines = []
        while (line := self.psql.stdout.readline().rstrip("\n")) != "--done":
            if not line and self.psql.poll() is not None:
                raise RuntimeError("the session died: " + sql)
            lines.append(line)
        return lines

    def state(self, sql):
        """The first SQLSTATE, or what the statements answered."""
        lines = self.run(sql)
        errors = [line.split("ERROR:  ")[1][:5] for line in lines if "ERROR:  " in line]
        return errors[0] if errors else "\n".join(lines)

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
