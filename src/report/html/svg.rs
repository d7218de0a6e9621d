//! Figures as SVG: shapes and words at coordinates, with the same told in words for those who cannot see them.

use std::fmt::{self, Write};

/// A figure in the making. Lengths are in units of its own, of which it is `width` wide; how things look is said by
/// their classes in `page.css`.
#[derive(Debug)]
pub struct Figure {
    width: f64,
    height: f64,
    name: String,
    body: String,
}

/// On which side of its point a text stands.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

impl Figure {
    /// An empty figure; `title` and `description` are read out instead of it. `name` is unique on the page.
    pub fn new(name: &str, width: f64, height: f64, title: &str, description: &str) -> Figure {
        let body = format!(
            "<title id=\"{name}-title\">{}</title><desc id=\"{name}-desc\">{}</desc>",
            Escaped(title),
            Escaped(description)
        );
        Figure {
            width,
            height,
            name: name.to_owned(),
            body,
        }
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!(
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            Short(x1),
            Short(y1),
            Short(x2),
            Short(y2)
        ));
    }

    /// A line through points.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        if points.len() < 2 {
            return;
        }
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let step = if index == 0 { 'M' } else { 'L' };
            write!(path, "{step}{} {}", Short(*x), Short(*y)).expect("text grows");
        }
        self.path(class, &path);
    }

    /// A path, as SVG writes one.
    pub fn path(&mut self, class: &str, path: &str) {
        self.add(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    /// A path that other figures of the page show too: see [`Figure::again`].
    pub fn shared(&mut self, id: &str, path: &str) {
        self.add(format_args!(
            "<path class=\"{id}\" id=\"{id}\" d=\"{path}\"/>"
        ));
    }

    /// What [`Figure::shared`] has put into a figure before.
    pub fn again(&mut self, id: &str) {
        self.add(format_args!("<use href=\"#{id}\"/>"));
    }

    /// A dot at each point, as wide as the stroke of its class.
    pub fn dots(&mut self, class: &str, centres: &[(f64, f64)]) {
        if centres.is_empty() {
            return;
        }
        let mut path = String::new();
        for (x, y) in centres {
            write!(path, "M{} {}h0", Short(*x), Short(*y)).expect("text grows");
        }
        self.path(class, &path);
    }

    /// A rectangle. `hover` is shown when a pointer rests on it, unless it is empty.
    pub fn rectangle(&mut self, class: &str, corner: (f64, f64), size: (f64, f64), hover: &str) {
        let ((x, y), (width, height)) = (corner, size);
        let (x, y, width, height) = (Short(x), Short(y), Short(width), Short(height));
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""
        ));
        self.close("rect", hover);
    }

    /// A circle, likewise.
    pub fn circle(&mut self, class: &str, centre: (f64, f64), radius: f64, hover: &str) {
        let (x, y, radius) = (Short(centre.0), Short(centre.1), Short(radius));
        self.add(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""
        ));
        self.close("circle", hover);
    }

    /// A text.
    pub fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y) = (Short(at.0), Short(at.1));
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>",
            Escaped(text)
        ));
    }

    /// The figure as a file of its own, with what says how it looks: elements of SVG.
    pub fn finish_alone(mut self, looks: &str) -> String {
        self.body.insert_str(0, looks);
        let (opening, namespace) = ("<svg ", "xmlns=\"http://www.w3.org/2000/svg\" ");
        let mut text = self.finish();
        text.insert_str(opening.len(), namespace);
        text + "\n"
    }

    /// The figure as a piece of a page.
    pub fn finish(self) -> String {
        let Figure {
            width,
            height,
            name,
            body,
        } = self;
        let (width, height) = (Short(width), Short(height));
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\">{body}</svg>"
        )
    }

    fn close(&mut self, element: &str, hover: &str) {
        match hover {
            "" => self.body.push_str("/>"),
            hover => self.add(format_args!(
                "><title>{}</title></{element}>",
                Escaped(hover)
            )),
        }
    }

    fn add(&mut self, piece: fmt::Arguments<'_>) {
        self.body.write_fmt(piece).expect("text grows");
    }
}

/// A number with at most one decimal: a tenth of a unit is less than a pixel.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = libm::round(self.0 * 10.0) as i64;
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            _ => write!(f, "{}", tenths as f64 / 10.0),
        }
    }
}

/// A text in which nothing is markup.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // XML knows no other control characters.
                '\t' | '\n' => f.write_char(' ')?,
                control if control.is_control() => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_never_markup() {
        let mut figure = Figure::new("a", 10.0, 10.0, "<b>", "\"&\u{7}");
        figure.text("x", (1.0, 2.25), Anchor::Start, "<script>");
        figure.circle("y", (0.0, -0.04), 1.0, "a & b");
        let text = figure.finish();
        assert_eq!(
            text,
            "<svg viewBox=\"0 0 10 10\" role=\"img\" aria-labelledby=\"a-title a-desc\">\
             <title id=\"a-title\">&lt;b&gt;</title><desc id=\"a-desc\">&quot;&amp;\u{fffd}</desc>\
             <text class=\"x\" x=\"1\" y=\"2.3\">&lt;script&gt;</text>\
             <circle class=\"y\" cx=\"0\" cy=\"0\" r=\"1\"><title>a &amp; b</title></circle></svg>"
        );
    }
}
