//! Writes every sample page and the assets into a directory, to be looked at:
//! `cargo run -p auth-pages --example render -- /tmp/pages && python3 -m http.server -b 127.0.0.1 -d /tmp/pages`

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use auth_pages::message::{CodeMessage, email_code};
use auth_pages::{Frame, Language, Page, assets};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env::args_os().nth(1).ok_or("usage: render DIRECTORY")?);
    let asset_directory = directory.join(".vestibule/assets");
    fs::create_dir_all(&asset_directory)?;
    let frame = Frame {
        language: Language::English,
        brand: "Example Hospital",
        request_id: "01HZX4Q8T7N3SAMPLE0REQUEST",
        support: Some("Call the service desk on 555 0100, weekdays from 8 to 18.\nHave the request ID at hand."),
    };
    for (name, page) in Page::samples() {
        let html = page.render(&frame)?;
        for asset in html
            .split('"')
            .filter_map(|part| assets::find(part.strip_prefix("/.vestibule/assets/")?))
        {
            fs::write(asset_directory.join(asset.name), asset.bytes)?;
        }
        fs::write(directory.join(format!("{name}.html")), html)?;
    }
    let message = CodeMessage {
        language: Language::English,
        brand: "Example Hospital",
        code: "012345",
        minutes: 5,
        host: "login.example.com",
        origin: "192.0.2.7",
    };
    fs::write(directory.join("email.html"), email_code(&message)?.html)?;
    Ok(())
}
