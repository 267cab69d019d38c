//! Small buffers in, elements out.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

use super::{Ground, svg};

const GROUND: Ground = Ground { ink: [0xd6, 0xdc, 0xe4], back: [0x16, 0x19, 0x1f] };

/// The elements of a one-line screen of ten cells, without the frame.
fn line(pieces: &[(u16, &str, Style)]) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
    for (x, text, style) in pieces {
        buffer.set_string(*x, 0, text, *style);
    }
    let svg = svg(&buffer, GROUND, "a test");
    let body = svg.split_once("style=\"white-space:pre\">\n").unwrap().1;
    body.strip_suffix("</g>\n</svg>\n").unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_blank_screen_is_only_its_ground() {
    let buffer = Buffer::empty(Rect::new(0, 0, 2, 2));
    let svg = svg(&buffer, GROUND, "nothing & nobody");
    assert_eq!(svg.matches("<rect").count(), 1);
    assert_eq!(svg.matches("<text").count(), 0);
    assert!(svg.contains("width=\"42\" height=\"60\""), "{svg}");
    assert!(svg.contains("<title>nothing &amp; nobody</title>"), "{svg}");
}

#[test]
fn cells_of_one_look_are_one_text_and_blanks_at_its_ends_are_left_out() {
    let red = Style::new().fg(Color::Rgb(255, 0, 0));
    assert_eq!(
        line(&[(1, "a b ", red), (5, "cd", red.add_modifier(Modifier::BOLD))]),
        [
            "<text x=\"9\" y=\"14\" fill=\"#ff0000\" textLength=\"27\">a b</text>",
            "<text x=\"45\" y=\"14\" fill=\"#ff0000\" textLength=\"18\" font-weight=\"bold\">cd</text>",
        ]
    );
}

#[test]
fn what_xml_reserves_is_escaped() {
    assert_eq!(
        line(&[(0, "<a b=\"&\">", Style::new())]),
        ["<text x=\"0\" y=\"14\" textLength=\"81\">&lt;a b=&quot;&amp;&quot;&gt;</text>"]
    );
}

#[test]
fn control_bytes_do_not_come_through() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
    buffer[(0, 0)].set_symbol("\u{1b}");
    let svg = svg(&buffer, GROUND, "\u{7}");
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "{svg:?}");
}

#[test]
fn a_wide_letter_stands_in_the_middle_of_its_two_cells_and_moves_nothing() {
    assert_eq!(
        line(&[(0, "名x", Style::new())]),
        [
            "<text x=\"9\" y=\"14\" text-anchor=\"middle\">名</text>",
            "<text x=\"18\" y=\"14\" textLength=\"9\">x</text>",
        ]
    );
}

#[test]
fn a_sign_is_an_element_of_its_own() {
    assert_eq!(
        line(&[(0, "● ok", Style::new())]),
        [
            "<text x=\"4\" y=\"14\" text-anchor=\"middle\">●</text>",
            "<text x=\"18\" y=\"14\" textLength=\"18\">ok</text>",
        ]
    );
}

#[test]
fn backgrounds_of_one_colour_are_one_rectangle_under_all_its_texts() {
    let chosen = Style::new().bg(Color::Rgb(0x28, 0x3a, 0x57));
    assert_eq!(
        line(&[(0, "ab", chosen), (2, "cd", chosen.add_modifier(Modifier::ITALIC)), (4, "e", Style::new())]),
        [
            "<rect x=\"0\" y=\"0\" width=\"36\" height=\"18\" fill=\"#283a57\"/>",
            "<text x=\"0\" y=\"14\" textLength=\"18\">ab</text>",
            "<text x=\"18\" y=\"14\" textLength=\"18\" font-style=\"italic\">cd</text>",
            "<text x=\"36\" y=\"14\" textLength=\"9\">e</text>",
        ]
    );
}

#[test]
fn reversed_swaps_and_dim_goes_half_way_to_the_ground() {
    let style = Style::new().fg(Color::Rgb(200, 100, 0)).bg(Color::Rgb(0, 0, 0));
    assert_eq!(
        line(&[(0, "a", style.add_modifier(Modifier::REVERSED))]),
        [
            "<rect x=\"0\" y=\"0\" width=\"9\" height=\"18\" fill=\"#c86400\"/>",
            "<text x=\"0\" y=\"14\" fill=\"#000000\" textLength=\"9\">a</text>",
        ]
    );
    let dim = line(&[(0, "a", style.add_modifier(Modifier::DIM))]);
    assert!(dim[1].contains("fill=\"#643200\""), "{dim:?}");
}

#[test]
fn an_underline_reaches_under_blanks() {
    assert_eq!(
        line(&[(0, "a  ", Style::new().add_modifier(Modifier::UNDERLINED))]),
        [
            "<rect x=\"0\" y=\"16\" width=\"27\" height=\"1\"/>",
            "<text x=\"0\" y=\"14\" textLength=\"9\">a</text>",
        ]
    );
}

#[test]
fn lines_and_bars_are_shapes_without_gaps() {
    assert_eq!(
        line(&[(0, "───│██░░", Style::new())]),
        [
            "<rect x=\"0\" y=\"9\" width=\"27\" height=\"1\"/>",
            "<rect x=\"31\" y=\"0\" width=\"1\" height=\"18\"/>",
            "<rect x=\"36\" y=\"3\" width=\"18\" height=\"12\"/>",
            "<rect x=\"54\" y=\"3\" width=\"18\" height=\"12\" fill-opacity=\".45\"/>",
        ]
    );
}

#[test]
fn indexed_and_named_colours_are_those_of_xterm() {
    let fg = |color| line(&[(0, "a", Style::new().fg(color))])[0].clone();
    for (color, hex) in [
        (Color::Indexed(16), "#000000"),
        (Color::Indexed(208), "#ff8700"),
        (Color::Indexed(231), "#ffffff"),
        (Color::Indexed(255), "#eeeeee"),
        (Color::Indexed(9), "#ff0000"),
        (Color::LightRed, "#ff0000"),
    ] {
        assert!(fg(color).contains(hex), "{color:?}");
    }
    assert!(!fg(Color::Reset).contains("fill"));
}
