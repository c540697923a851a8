//! Old and variant forms of kanji in names and places, and the common form of each: the 1949 and 1981 tables of forms
//! (Tōyō and Jōyō kanji) and what family registers hold beside them. Kanji that are merely confused (斉 and 斎) stay
//! apart but for those who ask for it.
/// Pairs, the variant first.
const VARIANTS: &str = "髙高 﨑崎 嵜崎 碕崎 邊辺 邉辺 齋斎 齊斉 斊斉 濵浜 濱浜 澤沢 廣広 國国 德徳 彌弥 \
    櫻桜 嶋島 嶌島 條条 瀧滝 眞真 惠恵 龍竜 豐豊 榮栄 圓円 莊荘 藏蔵 萬万 學学 會会 \
    來来 實実 壽寿 將将 靜静 藪薮 槇槙 遙遥 瑤瑶 堯尭 巖巌 應応 驛駅 縣県 區区 號号 \
    與与 寶宝 爲為 曾曽 增増 淸清 靑青 淨浄 樂楽 藥薬 燒焼 燈灯 獨独 獸獣 產産 發発 \
    變変 辯弁 辨弁 瓣弁 邨村 埜野 墻垣 鹽塩 麥麦 黃黄 黑黒 點点 齒歯 龜亀 禮礼 祿禄 \
    穗穂 穰穣 稻稲 總総 繪絵 縱縦 纖繊 續続 緖緒 綠緑 翆翠 聽聴 聲声 肅粛 膽胆 臺台 \
    舊旧 舍舎 艷艶 莖茎 萠萌 藝芸 蘆芦 蘒萩 處処 虛虚 蟲虫 螢蛍 蠶蚕 衞衛 裝装 覺覚 \
    覽覧 觀観 觸触 讀読 讓譲 豫予 貳弐 賴頼 贊賛 踐践 輕軽 轉転 遞逓 遲遅 鄕郷 醉酔 \
    釋釈 鐵鉄 錢銭 鎭鎮 鑄鋳 關関 陷陥 隨随 險険 隱隠 雜雑 靈霊 顏顔 顯顕 餘余 騷騒 \
    驗験 髓髄 體体 鬪闘 鷄鶏 鷗鴎 鹼鹸 麵麺 亞亜 佛仏 假仮 傳伝 價価 儉倹 兒児 兩両 \
    冱冴 剩剰 劍剣 劔剣 劒剣 勞労 勳勲 勵励 單単 嚴厳 囑嘱 圍囲 團団 圖図 壞壊 壓圧 \
    壯壮 壹壱 壻婿 奧奥 奬奨 孃嬢 寬寛 寫写 寢寝 專専 對対 尙尚 屆届 屬属 峯峰 峽峡 \
    嶽岳 巢巣 帶帯 廢廃 廳庁 彈弾 彥彦 徑径 從従 恆恒 惡悪 慘惨 戀恋 戰戦 戲戯 戶戸 \
    拂払 拔抜 拜拝 擇択 擔担 據拠 擧挙 收収 效効 敍叙 數数 斷断 晉晋 晝昼 曉暁 栁柳 \
    桒桑 桺柳 槪概 樣様 樞枢 檢検 橫横 權権 歐欧 歡歓 步歩 歷歴 歸帰 殘残 殼殻 毆殴 \
    氣気 渕淵 滿満 澁渋 濟済 濕湿 瀨瀬 灣湾 犧犠 狹狭 璢瑠 畫画 當当 疊畳 癡痴 盜盗 \
    盡尽 硏研 碎砕 祕秘 竝並 經経 絲糸 繩縄 繼継 缺欠 罐缶 脫脱 腦脳 臟臓 舘館 莵兎 \
    兔兎 菟兎 葊庵 薰薫 裡裏 證証 譯訳 譽誉 豬猪 輛両 迯逃 邇迩 鄰隣 郞郎 釀醸 鈎鉤 \
    鉃鉄 錄録 鍊錬 閒間 雞鶏 靏鶴 靍鶴 霸覇 頰頬 顚顛 驒騨 鰺鯵 鳬鴨 鶇鶫 黨党 龝秋 \
    穐秋 杮柿 冨富 冝宜 凉涼 况況 决決 减減 劵券";

/// The common form of a kanji, or the character itself.
pub fn common_kanji(c: char) -> char {
    if (c as u32) < 0x3000 {
        return c;
    }
    let table = table();
    table.binary_search_by_key(&c, |(variant, _)| *variant).map_or(c, |at| table[at].1)
}

/// Kanji of names that are confused, pairs.
const CONFUSED: &str = "斎斉 檜桧 薗園 籠篭 籐藤 冲沖";

/// What the aggressive folding takes for the same: confused kanji, small kana, kana of one sound.
pub fn similar(c: char) -> char {
    match c {
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => {
            char::from_u32(c as u32 + 1).unwrap_or(c)
        }
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        'ヰ' => 'イ',
        'ヱ' => 'エ',
        'ヲ' => 'オ',
        '\u{4E00}'..='\u{9FFF}' => {
            let pairs = CONFUSED.split(' ').filter_map(|pair| pair.chars().next().zip(pair.chars().nth(1)));
            pairs.into_iter().find(|(confused, _)| *confused == c).map_or(c, |(_, with)| with)
        }
        other => other,
    }
}

fn table() -> &'static [(char, char)] {
    static TABLE: std::sync::LazyLock<Vec<(char, char)>> = std::sync::LazyLock::new(|| {
        let mut pairs: Vec<(char, char)> = VARIANTS
            .split_whitespace()
            .filter_map(|pair| {
                let mut pair = pair.chars();
                pair.next().zip(pair.next())
            })
            .collect();
        pairs.sort_unstable();
        pairs
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::{VARIANTS, common_kanji, table};

    #[test]
    fn each_variant_has_one_common_form() {
        assert!(VARIANTS.split_whitespace().all(|pair| pair.chars().count() == 2));
        assert!(table().windows(2).all(|pair| pair[0].0 < pair[1].0), "a variant stands twice");
        for (variant, common) in table() {
            assert_eq!(common_kanji(*common), *common, "{variant}");
        }
        assert_eq!(common_kanji('髙'), '高');
        assert_eq!(common_kanji('斉'), '斉');
    }
}
