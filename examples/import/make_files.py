#!/usr/bin/env python3
"""Writes the files that tour.sql imports: make_files.py [FOLDER] [NAME]…, all of them by default. The workbook needs openpyxl."""
import datetime
import pathlib
import sys

# As a program of an office writes it: a title and an empty line above the header, a header on each page, full-width digits, dates of two calendars,
# codes with leading zeros, and characters that Shift_JIS proper does not have. Three rows are wrong.
CUSTOMERS = '''\
顧客一覧　出力日：2025/04/01

顧客コード,氏名,会社名,メールアドレス,電話番号,郵便番号,登録日,売上金額,ランク,備考
00012,髙橋　一郎,㈱髙橋製作所,takahashi@example.jp,０３－１２３４－５６７８,1000001,2024/4/1,"1,234,567",①,受付は9:00～17:30
00013,斉藤 花子,斉藤商店,saito@example.jp,03-2345-6789,0600001,令和6年5月1日,９８，０００,②,"紹介
（髙橋様より）"
00014,﨑山 次郎,㈱北浜,sakiyama@example.jp,06-3456-7890,5410041,2024/5/20,"￥45,000",③,
00015,Ann Lee,Acme Japan K.K.,ann.lee@example.com,+81 3 4567 8901,1066108,2024/6/3,0,①,"He said ""ok"""

00016,山田 太郎,山田工業,yamada@,052-567-8901,4500002,平成31年4月30日,"12,000",②,
00017,鈴木 三郎,㈲鈴木,suzuki@example.jp,092-678-9012,8100001,2024/6/31,"7,800",③,=要確認
顧客コード,氏名,会社名,メールアドレス,電話番号,郵便番号,登録日,売上金額,ランク,備考
00018,佐藤 四郎,佐藤①号店,sato@example.jp,011-789-0123,0600808,2024/7/8,未定,①,
00019,渡邊 五月,㈱渡邊,watanabe@example.jp,03-8901-2345,1600022,S64.1.7,"2,000,000",②,～昭和の顧客～

00020,伊藤 六花,伊藤(株),ito@example.jp,０７５－９０１－２３４５,6008216,2024/7/15,3500,③,
'''

# As a German Excel writes it. The dates of orders show that the day comes first, those of deliveries do not.
ORDERS = """\
Bestellnummer;Kunde;E-Mail;Betrag;Rabatt;Bestelldatum;Lieferdatum;Notiz
0004711;Müller & Söhne GmbH;info@mueller.example;1.234,56;12,5 %;31.12.2024;02.01.2025;Größe "XL"
0004712;Café de la Gare;gare@example.fr;98,00;0 %;05.01.2025;07.01.2025;
0004713;Weiß KG;weiss@example.at;12.500,00;3 %;06.01.2025;10.01.2025;"per Spedition; Rampe 3"
0004714;Jørgensen ApS;post@jorgensen.example;7,5;0 %;17.01.2025;03.02.2025;=dringend
0004715;Núñez S.L.;nunez@example.es;-45,10;0 %;20.01.2025;04.02.2025;Gutschrift
"""

SALES = [
    ("North", "Tea", datetime.date(2025, 1, 15), 1250.5, 0.125, True),
    (None, "Coffee", datetime.date(2025, 2, 3), 980, 0.08, True),
    (None, "Cocoa", datetime.date(2025, 3, 31), 312.75, 0.2, False),
    ("South", "Tea", datetime.date(2025, 1, 20), 1100, 0.115, True),
    (None, "Coffee", datetime.date(2025, 2, 28), 1430.25, None, False),
]


def workbook(path):
    """A report as people make them: a merged title, merged cells that say a thing once, a total that was never calculated, and a hidden sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    book.properties.creator, book.properties.created = "rowkit", datetime.datetime(2025, 4, 1)
    sheet = book.active
    sheet.title = "Sales"
    sheet["A1"] = "Sales of the first quarter"
    sheet.merge_cells("A1:F1")
    for column, name in enumerate(["Region", "Product", "Sold on", "Revenue", "Margin", "Paid"], 1):
        sheet.cell(3, column, name)
    for number, cells in enumerate(SALES, 4):
        for column, value in enumerate(cells, 1):
            cell = sheet.cell(number, column, value)
            cell.number_format = {3: "dd.mm.yyyy", 4: '#,##0.00 "€"', 5: "0.0%"}.get(column, "General")
    sheet.merge_cells("A4:A6")
    sheet.merge_cells("A7:A8")
    sheet["C9"], sheet["D9"] = "Total", "=SUM(D4:D8)"
    rates = book.create_sheet("Rates")
    rates.sheet_state = "hidden"
    rates.append(["Currency", "Rate"])
    rates.append(["JPY", 161.2])
    book.save(path)


FILES = {
    "customers.csv": lambda path: path.write_bytes(CUSTOMERS.replace("\n", "\r\n").encode("cp932")),
    "orders.csv": lambda path: path.write_bytes(ORDERS.replace("\n", "\r\n").encode("cp1252")),
    "sales.xlsx": workbook,
}

if __name__ == "__main__":
    folder, *names = sys.argv[1:] or [pathlib.Path(__file__).parent]
    for name in names or FILES:
        FILES[name](pathlib.Path(folder) / name)
