//! The picture in the README is the figure of the sample report, in a light and in a dark form. `UPDATE_PICTURE=1`
//! writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between two texts, of which the first comes once.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from}"));
    let (inner, _) = rest.split_once(to).unwrap_or_else(|| panic!("{to}"));
    inner
}

/// The figure with the style of the page in it, so that it can stand alone.
fn picture(is_dark: bool) -> String {
    let page = read("reports/01-first-stale-read/report.html");
    let style = read("src/report/html/colours.css") + &read("src/report/html/page.css");
    let pattern = between(&page, "<defs>", "</defs>");
    let section = between(&page, "<section id=\"versions\">", "</section>");
    let figure = between(section, "<svg", "</svg>");
    let (attributes, body) = figure
        .split_once('>')
        .expect("the figure begins with a tag");
    let box_of = between(attributes, "viewBox=\"", "\"");
    let [_, _, width, height] = box_of.split(' ').collect::<Vec<_>>()[..] else {
        panic!("a box has four numbers: {box_of}");
    };
    let light = between(&style, ":root {", "}");
    let dark = between(
        between(&style, "prefers-color-scheme: dark) {", "\n}"),
        ":root {",
        "}",
    );
    let dark = if is_dark { dark } else { "" };
    let of_figures = between(&style, "/* Figures */", "/* Sweeps */");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes} width=\"{width}\" height=\"{height}\">\
         <style>:root {{{light}{dark}}}\n{of_figures}</style><defs>{pattern}</defs>\
         <rect width=\"{width}\" height=\"{height}\" fill=\"var(--ground)\"/>{body}</svg>\n",
        attributes = attributes.trim()
    )
}

#[test]
fn the_picture_is_the_figure_of_the_sample_report() {
    for (name, is_dark) in [("light", false), ("dark", true)] {
        let path = format!("reports/versions-{name}.svg");
        let picture = picture(is_dark);
        if std::env::var_os("UPDATE_PICTURE").is_some() {
            fs::write(Path::new(&root()).join(&path), &picture).expect("can be written");
        }
        assert!(
            read(&path) == picture,
            "{path} is not as the sample report has it; UPDATE_PICTURE=1 writes it anew"
        );
        assert!(read("README.md").contains(&path), "the README shows {path}");
    }
}
