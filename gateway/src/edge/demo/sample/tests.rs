use super::*;
use tower::ServiceExt;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const EVIL: &str = "<script>alert(1)</script>";

async fn ask(
    request: axum::http::request::Builder,
    body: impl Into<Body>,
) -> Result<(StatusCode, String), Box<dyn std::error::Error>> {
    let answer = router().oneshot(request.body(body.into())?).await?;
    let status = answer.status();
    Ok((
        status,
        String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await?.to_vec())?,
    ))
}

fn get(uri: &str) -> axum::http::request::Builder {
    Request::builder().uri(uri)
}

#[tokio::test]
async fn any_page_shows_the_whole_request() -> Outcome {
    let request = get("/reports/a?x=1&y")
        .method("PUT")
        .header("Remote-User", "ann")
        .header("X-Odd", "é");
    let (status, text) = ask(request, "hello").await?;
    assert_eq!(status, StatusCode::OK);
    for part in ["Hello, ann", "PUT", "/reports/a", "x=1&amp;y", "5 bytes", "x-odd", "é"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        ask(get("/").header("Remote-User", ""), Body::empty())
            .await?
            .1
            .contains("Hello, stranger")
    );
    Ok(())
}

#[tokio::test]
async fn whatever_is_shown_is_escaped() -> Outcome {
    let form = format!("what={EVIL}&{EVIL}=1");
    for (request, body) in [
        (
            get("/%3Cscript%3E?%3Cscript%3E")
                .header("Remote-User", EVIL)
                .header("X-Odd", EVIL),
            "",
        ),
        (get("/public/").header("Remote-User", EVIL), ""),
        (get("/form").method("POST").header("Remote-User", EVIL), form.as_str()),
    ] {
        let (status, text) = ask(request, body.to_owned()).await?;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn headers_come_as_they_were_received() -> Outcome {
    let (_, text) = ask(
        get("/headers").header("B", "2").header("A", "1").header("B", "3"),
        Body::empty(),
    )
    .await?;
    let headers: Vec<(String, String)> = serde_json::from_str(&text)?;
    let pairs: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert!(
        pairs.contains(&("a", "1")) && pairs.contains(&("b", "2")) && pairs.contains(&("b", "3")),
        "{pairs:?}"
    );
    Ok(())
}

#[tokio::test]
async fn events_begin_at_once() -> Outcome {
    let answer = router().oneshot(get("/events").body(Body::empty())?).await?;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    let first = answer
        .into_body()
        .frame()
        .await
        .ok_or("an event")??
        .into_data()
        .map_err(|_| "data")?;
    assert_eq!(&first[..], b"data: 0\n\n");
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() -> Outcome {
    let (status, _) = ask(get("/form").method("POST"), "x".repeat(LARGEST_FORM + 1)).await?;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    Ok(())
}
