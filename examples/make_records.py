#!/usr/bin/env python3
"""Writes examples/records.csv.gz: 10,000 people as a sales team would import them, half of them in Japanese.

Needs the PyPI package Faker (made with 37.x); the seed is fixed, so the same version writes the same file.
"""
import csv
import gzip
import io
import json
import pathlib

from faker import Faker

ROWS = 10_000
STATUSES = ["リード", "商談中", "受注", "失注"]
INDUSTRIES = ["IT", "製造", "小売", "金融", "Healthcare"]


def main() -> None:
    japanese, english = Faker("ja_JP"), Faker("en_US")
    Faker.seed(20241115)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "email", "company", "status", "data"])
    for number in range(ROWS):
        fake = japanese if number % 2 == 0 else english
        local = english.user_name()
        data = {
            "phone": fake.phone_number().split("x")[0].strip() if fake is japanese else english.numerify("(###) ###-####"),
            "industry": fake.random_element(INDUSTRIES),
            "employee_count": fake.random_int(1, 5000),
            "website": f"https://{english.domain_name()}",
            "first_contact": fake.date_between("-3y", "-1d").isoformat(),
            "budget": fake.random_int(0, 50_000_000),
        }
        if fake is japanese:
            data["name_furigana"] = japanese.kana_name()
        writer.writerow([
            fake.name(), f"{local}.{number}@example.com", fake.company(), fake.random_element(STATUSES),
            json.dumps(data, ensure_ascii=False),
        ])
    target = pathlib.Path(__file__).with_name("records.csv.gz")
    with open(target, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main()
