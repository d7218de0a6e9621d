//! Forms of several parts (`multipart/form-data`), taken apart where they lie: a part shares the bytes of the body,
//! which has been read to its end by then.

use bytes::Bytes;
use memchr::memmem::find;

/// So many parts a form may have: what is known has two.
const PARTS_MAX: usize = 16;

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called.
    pub name: Option<String>,
    /// What it is.
    pub content: Bytes,
}

/// What separates the parts of a body of this type; none of other types.
pub fn boundary(content_type: &str) -> Option<String> {
    let kind = content_type.split(';').next().unwrap_or_default();
    match kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        true => parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty()),
        false => None,
    }
}

/// The parts of a body.
pub fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, &'static str> {
    let delimiter = format!("\r\n--{boundary}");
    let delimiter = delimiter.as_bytes();
    // Before the first, nothing need end.
    let mut at = match body.starts_with(&delimiter[2..]) {
        true => delimiter.len() - 2,
        false => find(body, delimiter).ok_or("The form has no parts")? + delimiter.len(),
    };
    let mut parts = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() == PARTS_MAX {
            return Err("The form has too many parts");
        }
        // Where the line of the delimiter ends, the head begins; it may be empty.
        let line_end = find(rest, b"\r\n").ok_or("The form ends within a part")?;
        if !rest[..line_end].iter().all(|byte| b" \t".contains(byte)) {
            return Err("The form has something behind a boundary");
        }
        let head_end = find(&rest[line_end..], b"\r\n\r\n").ok_or("The form ends within a part")?;
        let head = &rest[line_end..line_end + head_end];
        let start = at + line_end + head_end + 4;
        let length = find(&body[start..], delimiter).ok_or("The form ends within a part")?;
        parts.push(Part {
            name: name(head),
            content: body.slice(start..start + length),
        });
        at = start + length + delimiter.len();
    }
}

/// What the head of a part calls it.
fn name(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    head.split("\r\n").find_map(|line| {
        let (field, value) = line.split_once(':')?;
        match field.trim().eq_ignore_ascii_case("content-disposition") {
            true => parameter(value, "name"),
            false => None,
        }
    })
}

/// A parameter of a header, which may be quoted, as may those before it.
fn parameter(header: &str, name: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (given, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, after) = value.split_once(';').unwrap_or((value, ""));
                (value.trim_end().to_owned(), after)
            }
        };
        if given.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after.trim_start().trim_start_matches(';');
    }
}

/// What stands before a closing quotation mark, and what behind it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(body: &str) -> Result<Vec<(Option<String>, String)>, &'static str> {
        let parts = parts(&Bytes::from(body.to_owned()), "b")?;
        let parts = parts.into_iter().map(|part| {
            let content = String::from_utf8(part.content.to_vec());
            (part.name, content.expect("it was a text"))
        });
        Ok(parts.collect())
    }

    #[test]
    fn a_boundary_is_that_of_a_form() {
        let quoted = "Multipart/Form-Data; charset=\"a;b\"; boundary=\"x y\\\"\"";
        assert_eq!(boundary(quoted).as_deref(), Some("x y\""));
        let plain = "multipart/form-data;boundary=--x ; charset=utf-8";
        assert_eq!(boundary(plain).as_deref(), Some("--x"));
        assert_eq!(boundary("text/plain; boundary=x"), None);
        assert_eq!(boundary("multipart/form-data"), None);
    }

    #[test]
    fn parts_are_what_stands_between_boundaries() {
        let body = "before\r\n--b \r\nContent-Type: text/plain\r\n\
                    content-disposition: form-data; filename=\"name=x; \\\"y\"; name=\"value\"\r\n\r\n\
                    one\r\n--\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\nafter";
        let value = (Some("value".to_owned()), "one\r\n--\r\n".to_owned());
        assert_eq!(parts_of(body), Ok(vec![value, (None, "two".to_owned())]));
        let empty = "--b\r\nContent-Disposition: form-data; name=value\r\n\r\n\r\n--b--";
        let value = (Some("value".to_owned()), String::new());
        assert_eq!(parts_of(empty), Ok(vec![value]));
        assert_eq!(parts_of("--b--\r\n"), Ok(vec![]));
    }

    #[test]
    fn what_is_cut_off_is_no_form() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\none\r\n--b--";
        for length in 0..body.len() {
            assert!(parts_of(&body[..length]).is_err(), "{length}");
        }
        assert!(parts_of("--bc\r\n\r\none\r\n--b--").is_err());
        let many = "--b\r\n\r\nx\r\n".repeat(PARTS_MAX + 1) + "--b--";
        assert!(parts_of(&many).is_err());
    }
}
