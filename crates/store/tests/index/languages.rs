//! Questions find documents in the language of both.

use headwater_store::index::EmbeddedIndex;

use super::support::*;

/// Documents, and for each a question that shares no written form of its words.
const PAIRS: &[(&str, &str, &str)] = &[
    (
        "en",
        "The pumps were greased by the mechanics every ninety days, and the filters were cleaned.",
        "greasing a pump",
    ),
    (
        "de",
        "Die Häuser wurden von den Handwerkern nach dem großen Sturm wieder aufgebaut und gestrichen.",
        "welches Haus",
    ),
    (
        "fr",
        "Les installations électriques ont été vérifiées par les techniciens avant l'ouverture du bâtiment.",
        "une installation electrique",
    ),
    (
        "es",
        "Las bibliotecas públicas de la ciudad abren sus puertas a los lectores todos los sábados.",
        "biblioteca publica",
    ),
    (
        "ru",
        "Библиотеки города открывают свои двери для читателей каждую субботу.",
        "где находится библиотека",
    ),
    (
        "ar",
        "تفتح المكتبات العامة في المدينة أبوابها للقراء كل يوم سبت",
        "أين المكتبة",
    ),
    (
        "ja",
        "私は東京都の図書館で本を読むのが好きです。",
        "東京の図書館",
    ),
    ("zh", "上海的图书馆每个星期六都向读者开放。", "图书馆开放"),
    (
        "ko",
        "서울의 도서관은 매주 토요일 독자에게 문을 엽니다.",
        "도서관",
    ),
    ("th", "ห้องสมุดในกรุงเทพเปิดให้ผู้อ่านทุกวันเสาร์", "ห้องสมุด"),
    (
        "hi",
        "दिल्ली के पुस्तकालय हर शनिवार को पाठकों के लिए खुलते हैं।",
        "पुस्तकालय",
    ),
];

#[tokio::test]
async fn a_question_finds_the_document_in_its_language() {
    let dir = tempfile::tempdir().unwrap();
    for (code, text, question) in PAIRS {
        let index = EmbeddedIndex::new(dir.path().join(code));
        apply(&index, 1, vec![change(1, &[text]), change(2, &["3.14159"])]).await;
        assert_eq!(find(&index, question).await, [document(1)], "{code}");
    }
}

#[tokio::test]
async fn documents_of_many_languages_live_in_one_base() {
    let dir = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::new(dir.path().to_owned());
    // Four languages: as many as a question is asked in.
    let few = &PAIRS[..4];
    let changes = (1..)
        .zip(few)
        .map(|(n, (_, text, _))| change(n, &[text]))
        .collect();
    apply(&index, 1, changes).await;
    for (n, (code, _, question)) in (1..).zip(few) {
        assert_eq!(find(&index, question).await[0], document(n), "{code}");
    }
}

#[tokio::test]
async fn somebody_may_say_what_language_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::new(dir.path().to_owned());
    let mut short = change(1, &["Häuser"]);
    short.language = Some("de".to_owned());
    apply(&index, 1, vec![short]).await;
    assert_eq!(find(&index, "Haus").await, [document(1)]);
}
