//! Every fault of a vendor becomes a sentence that tells a person what to do; what arrived before
//! it is delivered.

use std::time::Duration;

use headwater_model::Code;
use headwater_model::provider::ProviderKind;
use headwater_tests::vendor::{BAD_KEY, Vendor};

use super::{BOTH, ask, client, expected};

#[tokio::test]
async fn a_fault_before_the_answer_says_what_to_do() {
    let vendor = Vendor::start().await;
    let cases = [
        ("busy", Code::RateLimited, "Too many requests"),
        ("broken", Code::Upstream, "has a problem of its own (500)"),
        ("unknown", Code::Upstream, "The model is unknown"),
        (
            "refuses",
            Code::Upstream,
            "The provider says: “Too many words.”",
        ),
        (
            "late",
            Code::Timeout,
            "took too long: no answer began within 0.4 s",
        ),
        ("wrong-type", Code::Upstream, "answered with text/html"),
    ];
    for kind in BOTH {
        let client = client(kind, &vendor.base_url(), "sk-good");
        for (model, code, words) in cases {
            let heard = ask(&client, model).await;
            let error = heard.error.unwrap();
            assert_eq!(error.code, code, "{kind:?} {model}");
            assert!(
                error.message.contains(words),
                "{kind:?} {model}: {}",
                error.message
            );
            assert_eq!(heard.text, "", "{kind:?} {model}");
        }
    }
}

#[tokio::test]
async fn a_fault_in_the_middle_keeps_what_arrived() {
    let vendor = Vendor::start().await;
    let cases = [
        ("cut", "broke off"),
        ("ends-early", "broke off"),
        ("hang", "took too long: it stopped in the middle for 0.4 s"),
        ("malformed", "not part of an answer"),
        ("giant", "not part of an answer"),
        ("fails-inside", "has a problem of its own"),
    ];
    for kind in BOTH {
        let client = client(kind, &vendor.base_url(), "sk-good");
        for (model, words) in cases {
            let heard = ask(&client, model).await;
            let error = heard.error.unwrap();
            assert!(
                error.message.contains(words),
                "{kind:?} {model}: {}",
                error.message
            );
            let begin: String = expected().split_inclusive(' ').take(3).collect();
            assert_eq!(heard.text, begin, "{kind:?} {model}");
        }
    }
}

#[tokio::test]
async fn a_refused_key_says_so_and_stays_secret() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        let client = client(kind, &vendor.base_url(), BAD_KEY);
        let error = ask(&client, "scripted-small").await.error.unwrap();
        assert!(
            error.message.contains("The API key was refused"),
            "{}",
            error.message
        );
        assert!(!format!("{error:?}").contains(BAD_KEY), "{error:?}");
        let listing = client.models().await.unwrap_err();
        assert!(
            listing.message.contains("The API key was refused"),
            "{}",
            listing.message
        );
    }
}

#[tokio::test]
async fn a_dead_address_is_named() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", gone.local_addr().unwrap());
    drop(gone);
    for kind in BOTH {
        let error = ask(&client(kind, &url, "k"), "m").await.error.unwrap();
        let words = format!("could not be reached: nothing answers at {url}: is it running");
        assert!(error.message.contains(&words), "{}", error.message);
    }
}

#[tokio::test]
async fn a_metadata_address_is_never_called() {
    for url in ["http://169.254.169.254/v1", "http://[fe80::1]/v1"] {
        let error = ask(&client(ProviderKind::Openai, url, "k"), "m")
            .await
            .error
            .unwrap();
        assert_eq!(error.code, Code::Invalid, "{url}");
        assert!(
            error.message.contains("may not be reached"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn a_vendor_that_accepts_and_says_nothing_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", silent.local_addr().unwrap());
    let call = async { ask(&client(ProviderKind::Openai, &url, "k"), "m").await };
    let heard = tokio::time::timeout(Duration::from_secs(3), call)
        .await
        .unwrap();
    assert_eq!(heard.error.unwrap().code, Code::Timeout);
}
