#!/usr/bin/env bash
# The tour of imports, which ./dev demo shows behind the quick start, answers what it should, and make_files.py makes the texts that it imports.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 examples/import/make_files.py "$work" customers.csv orders.csv
for file in customers.csv orders.csv; do cmp "$work/$file" "examples/import/$file"; done
psql -Xq -c 'DROP EXTENSION rowkit'
psql -Xqo /dev/null -v ON_ERROR_STOP=1 -f examples/quickstart.sql
# Ids are others each time; the byte order mark and the ends of lines of files are not shown.
psql -XqAt -v ON_ERROR_STOP=1 -F ' | ' -f examples/import/tour.sql | tr -d '\r' | sed -E 's/\xEF\xBB\xBF//; s/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/ID/' >"$work/tour"
diff "$work/tour" - <<'TOUR'
1101
Shift_JIS | 2 | 3
顧客コード | text | code | []
氏名 | text | name | []
会社名 | text | company | []
メールアドレス | email | email | ["yamada@"]
電話番号 | phone | phone | []
郵便番号 | text | postcode | []
登録日 | date | registered_on | ["2024/6/31"]
売上金額 | number | revenue | ["未定"]
ランク | text | rank | []
備考 | long_text | note | []
6 | 3
done | 6 | 3
00012 | 髙橋　一郎 | ㈱髙橋製作所 | 03-1234-5678 | 1000001 | 2024-04-01 | 1234567 | ①
00013 | 斉藤 花子 | 斉藤商店 | 03-2345-6789 | 0600001 | 2024-05-01 | 98000 | ②
00014 | 﨑山 次郎 | ㈱北浜 | 06-3456-7890 | 5410041 | 2024-05-20 | 45000 | ③
00015 | Ann Lee | Acme Japan K.K. | +81 3 4567 8901 | 1066108 | 2024-06-03 | 0 | ①
00019 | 渡邊 五月 | ㈱渡邊 | 03-8901-2345 | 1600022 | 1989-01-07 | 2000000 | ②
00020 | 伊藤 六花 | 伊藤(株) | 075-901-2345 | 6008216 | 2024-07-15 | 3500 | ③
9 | email | email.invalid | メールアドレス must be an e-mail address such as name@example.com
10 | registered_on | date.invalid | 登録日 must be a date such as 2024-11-15
12 | revenue | import.no_number | 売上金額 cannot be read as a number: "未定"
顧客コード,氏名,会社名,メールアドレス,電話番号,郵便番号,登録日,売上金額,ランク,備考,_row,_problems
00016,山田 太郎,山田工業,yamada@,052-567-8901,4500002,平成31年4月30日,"12,000",②,,9,メールアドレス must be an e-mail address such as name@example.com
00017,鈴木 三郎,㈲鈴木,suzuki@example.jp,092-678-9012,8100001,2024/6/31,"7,800",③,'=要確認,10,登録日 must be a date such as 2024-11-15
00018,佐藤 四郎,佐藤①号店,sato@example.jp,011-789-0123,0600808,2024/7/8,未定,①,,12,"売上金額 cannot be read as a number: ""未定"""

3 | 0
00016 | 山田 太郎 | 2019-04-30 | 12000 | 
00017 | 鈴木 三郎 | 2024-06-30 | 7800 | =要確認
00018 | 佐藤 四郎 | 2024-07-08 | 5400 | 
Bestellnummer | text |  | 
Kunde | text |  | 
E-Mail | email |  | 
Betrag | number |  | ,
Rabatt | percent |  | ,
Bestelldatum | date | dmy | 
Lieferdatum | date | ambiguous | 
Notiz | text |  | 
508
delivered_on | import.ambiguous_date | 5
5 | 0
0004711 | Müller & Söhne GmbH | 123456 | 0.125 | 2024-12-31 | 2025-01-02 | Größe "XL"
0004712 | Café de la Gare | 9800 | 0 | 2025-01-05 | 2025-01-07 | 
0004713 | Weiß KG | 1250000 | 0.03 | 2025-01-06 | 2025-01-10 | per Spedition; Rampe 3
0004714 | Jørgensen ApS | 750 | 0 | 2025-01-17 | 2025-02-03 | =dringend
0004715 | Núñez S.L. | -4510 | 0 | 2025-01-20 | 2025-02-04 | Gutschrift
Sales | false | true
Rates | true | false
5 created, 1 failed
9 | revenue | import.formula | Revenue is a formula whose value the file does not hold
9 | sold_on | date.invalid | Sold on must be a date such as 2024-11-15
North | Tea | 2025-01-15 | 125050 | 0.125 | true
 | Coffee | 2025-02-03 | 98000 | 0.08 | true
 | Cocoa | 2025-03-31 | 31275 | 0.2 | false
South | Tea | 2025-01-20 | 110000 | 0.115 | true
 | Coffee | 2025-02-28 | 143025 |  | false
{"kept": 0, "deleted": 5, "restored": 0}
0
_record_id,order_number,amount,delivered_on
ID,0004711,1234.56,2025-01-02
ID,0004712,98,2025-01-07
ID,0004713,12500,2025-01-10
ID,0004714,7.5,2025-02-03
ID,0004715,-45.1,2025-02-04

csv | 5 | 0
json | 5 | 0
xlsx | 5 | 0
TOUR
