//! The shipped themes can be read by everybody, on every terminal, and every class of mistake is
//! refused with its line.

use ratatui::style::{Color, Modifier};

use super::{
    color::{contrast, difference},
    *,
};

const DEPTHS: [Depth; 4] = [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::TrueColor];

fn shipped() -> Themes {
    let (themes, errors) = Themes::load(&[]);
    assert!(errors.is_empty(), "{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>());
    themes
}

fn user(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn mistakes(text: &str) -> Vec<String> {
    Themes::load(&[user("own", text)]).1.iter().map(ToString::to_string).collect()
}

/// Foreground and background of a slot as they are seen.
fn seen(theme: &Theme, slot: Slot) -> (Rgb, Rgb) {
    let otherwise = if theme.dark { [255; 3] } else { [0; 3] };
    let text = theme.style(Slot::Text);
    let over = text.patch(theme.style(slot));
    let fg = over.fg.and_then(shown).unwrap_or(otherwise);
    let bg = over.bg.and_then(shown).unwrap_or_else(|| theme.ground());
    if over.add_modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
}

#[test]
fn every_shipped_theme_is_read() {
    let themes = shipped();
    for wanted in [
        "ansi16",
        "ansi16-light",
        "catppuccin",
        "default-dark",
        "default-light",
        "deuteranopia",
        "gruvbox",
        "high-contrast",
        "mono",
        "nord",
        "tritanopia",
    ] {
        assert_eq!(themes.get(wanted).unwrap().name(), wanted);
    }
    assert!(themes.get("noord").unwrap_err().contains("did you mean `nord`?"));
}

#[test]
fn every_slot_can_be_read_at_every_depth() {
    let themes = shipped();
    let mut faults = String::new();
    for name in themes.names() {
        for depth in [Depth::Ansi16, Depth::Ansi256, Depth::TrueColor] {
            let theme = themes.get(name).unwrap().at(depth);
            for slot in Slot::ALL {
                let (fg, bg) = seen(&theme, *slot);
                let found = contrast(fg, bg);
                if found < slot.needed_contrast() {
                    faults += &format!("{name} {depth:?} {}: {found:.2} of {fg:?} on {bg:?}\n", slot.name());
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_state_can_be_read_on_the_row_under_the_cursor() {
    let themes = shipped();
    let mut faults = String::new();
    for name in themes.names() {
        let theme = themes.get(name).unwrap();
        let Some(bg) = theme.style(Slot::Selected).bg.and_then(shown) else { continue };
        for slot in
            [Slot::Ok, Slot::Warning, Slot::Error, Slot::Pending, Slot::Stopped, Slot::Unknown, Slot::Gone]
        {
            let (fg, _) = seen(theme, slot);
            if contrast(fg, bg) < 3.0 {
                faults += &format!("{name} {}: {:.2} on selected\n", slot.name(), contrast(fg, bg));
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn what_must_stand_out_stands_out_at_every_depth() {
    let themes = shipped();
    for name in themes.names() {
        for depth in DEPTHS {
            let theme = themes.get(name).unwrap().at(depth);
            let plain = theme.style(Slot::Text);
            for slot in [
                Slot::Selected,
                Slot::Marked,
                Slot::Key,
                Slot::Bad,
                Slot::Match,
                Slot::Error,
                Slot::Demo,
                Slot::Chip,
            ] {
                assert_ne!(plain.patch(theme.style(slot)), plain, "{name} {depth:?} {}", slot.name());
            }
            assert_ne!(theme.style(Slot::Selected), theme.style(Slot::Marked), "{name} {depth:?}");
            assert_ne!(theme.style(Slot::Border), theme.style(Slot::BorderFocus), "{name} {depth:?}");
        }
    }
}

#[test]
fn good_doubtful_and_bad_look_different_to_the_eyes_a_theme_is_made_for() {
    // Severity 1.0 of Machado, Oliveira and Fernandes 2009, on linear RGB.
    const DEUTERANOPIA: [[f64; 3]; 3] =
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
    const TRITANOPIA: [[f64; 3]; 3] =
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];
    const ALL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let through = |rgb: Rgb, eye: [[f64; 3]; 3]| -> Rgb {
        let linear = rgb.map(|c| (f64::from(c) / 255.0).powf(2.2));
        eye.map(|row| {
            let sum: f64 = row.iter().zip(linear).map(|(a, b)| a * b).sum();
            (sum.clamp(0.0, 1.0).powf(1.0 / 2.2) * 255.0).round() as u8
        })
    };
    let themes = shipped();
    for name in themes.names().filter(|name| *name != "mono") {
        let eye = match name {
            "deuteranopia" => DEUTERANOPIA,
            "tritanopia" => TRITANOPIA,
            _ => ALL,
        };
        let theme = themes.get(name).unwrap();
        for (a, b) in [
            (Slot::Ok, Slot::Warning),
            (Slot::Ok, Slot::Error),
            (Slot::Warning, Slot::Error),
            (Slot::Ok, Slot::Unknown),
        ] {
            let apart = difference(through(seen(theme, a).0, eye), through(seen(theme, b).0, eye));
            assert!(apart >= 0.08, "{name}: {} and {} are {apart:.3} apart", a.name(), b.name());
        }
    }
}

#[test]
fn mono_has_no_colour_and_ansi16_only_the_sixteen() {
    let themes = shipped();
    for depth in DEPTHS {
        for slot in Slot::ALL {
            let style = themes.get("mono").unwrap().at(depth).style(*slot);
            assert_eq!((style.fg, style.bg), (None, None), "{} {depth:?}", slot.name());
            for name in ["ansi16", "ansi16-light"] {
                let style = themes.get(name).unwrap().at(depth).style(*slot);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    assert!(matches!(color, Color::Reset | Color::Indexed(0..=15)), "{name} {color:?}");
                }
            }
        }
    }
}

#[test]
fn no_depth_is_given_colours_that_it_has_not() {
    let themes = shipped();
    for name in themes.names() {
        for slot in Slot::ALL {
            let style = |depth| themes.get(name).unwrap().at(depth).style(*slot);
            assert_eq!((style(Depth::None).fg, style(Depth::None).bg), (None, None), "{name}");
            for color in [style(Depth::Ansi16).fg, style(Depth::Ansi16).bg].into_iter().flatten() {
                assert!(matches!(color, Color::Reset | Color::Indexed(0..=15)), "{name} {color:?}");
            }
            for color in [style(Depth::Ansi256).fg, style(Depth::Ansi256).bg].into_iter().flatten() {
                assert!(matches!(color, Color::Reset | Color::Indexed(_)), "{name} {color:?}");
            }
        }
    }
}

#[test]
fn the_first_theme_follows_the_terminal() {
    let pick = |dark, depth, no_color, wanted| Theme::pick(dark, depth, no_color, wanted);
    let name = |theme: Theme| theme.name().to_owned();
    assert_eq!(name(pick(None, Depth::TrueColor, false, None)), "default-dark");
    assert_eq!(name(pick(Some(false), Depth::Ansi256, false, Some("auto"))), "default-light");
    assert_eq!(name(pick(Some(true), Depth::Ansi16, false, None)), "ansi16");
    assert_eq!(name(pick(Some(false), Depth::Ansi16, false, None)), "ansi16-light");
    assert_eq!(name(pick(Some(true), Depth::TrueColor, true, Some("nord"))), "mono");
    assert_eq!(name(pick(Some(true), Depth::None, false, Some("nord"))), "mono");
    assert_eq!(name(pick(Some(false), Depth::Ansi256, false, Some("nord"))), "nord");
    assert_eq!(pick(None, Depth::Ansi256, false, Some("nord")).depth(), Depth::Ansi256);
    let (theme, trouble) = shipped().pick(Some(false), Depth::TrueColor, false, Some("nrod"));
    assert_eq!(theme.name(), "default-light");
    assert!(trouble.unwrap().contains("did you mean `nord`?"));
}

#[test]
fn a_child_that_changes_the_palette_recolours_what_it_inherits() {
    let (themes, errors) = Themes::load(&[user(
        "own",
        "name = \"own\"\nparent = \"default-dark\"\n[palette]\nmint = \"#00ff99\"\n[slots]\nerror = { fg = \"mint\" }\n",
    )]);
    assert_eq!(errors, []);
    let own = themes.get("own").unwrap();
    assert_eq!(own.style(Slot::Ok).fg, Some(Color::Rgb(0, 255, 153)));
    assert_eq!(own.style(Slot::Error).fg, Some(Color::Rgb(0, 255, 153)));
    assert_eq!(own.style(Slot::Warning), themes.get("default-dark").unwrap().style(Slot::Warning));
}

#[test]
fn a_user_may_change_a_built_in_theme_and_not_break_it() {
    let (themes, errors) = Themes::load(&[user(
        "nord",
        "name = \"nord\"\nparent = \"nord\"\n[slots]\nok = { fg = \"#ffffff\" }\n",
    )]);
    assert_eq!(errors, []);
    assert_eq!(themes.get("nord").unwrap().style(Slot::Ok).fg, Some(Color::Rgb(255, 255, 255)));

    let (themes, errors) = Themes::load(&[user(
        "nord",
        "name = \"nord\"\nparent = \"nord\"\n[slots]\nok = { fg = \"zinc\" }\n",
    )]);
    assert_eq!((errors.len(), errors[0].line), (1, 4));
    assert_eq!(themes.get("nord").unwrap(), shipped().get("nord").unwrap());
}

#[test]
fn each_mistake_is_refused_with_its_line() {
    let head = "name = \"own\"\nparent = \"default-dark\"\n";
    let check =
        |rest: &str, expected: &str| assert_eq!(mistakes(&format!("{head}{rest}")), [expected], "{rest}");
    check("[slots]\ntxet = { fg = \"red\" }", "own.toml:4: unknown slot `txet`; did you mean `text`?");
    check("[slots]\nok = { fgg = \"red\" }", "own.toml:4: unknown field `fgg`; did you mean `fg`?");
    check("[slots]\nok = { fg = \"gren\" }", "own.toml:4: `gren` is not a colour; did you mean `green`?");
    check(
        "[slots]\nok = { fg = \"#12\" }",
        "own.toml:4: `#12` is not a colour; write `#` and six digits of 0-9 and a-f",
    );
    check("[slots]\nok = { bold = 1 }", "own.toml:4: `bold` must be true or false");
    check(
        "[slots]\nok = \"red\"",
        "own.toml:4: `ok` must be a row such as { fg = \"#1a2b3c\", bold = true }",
    );
    check("[palette]\nred = \"#ff0000\"", "own.toml:4: `red` is a colour already; choose another name");
    check(
        "[palette]\nrose = \"pnk\"",
        "own.toml:4: `pnk` is not a colour; write `#rrggbb`, `default`, a name such as `bright-red`, or one from [palette]",
    );
    check(
        "colour = 1",
        "own.toml:3: unknown field `colour`; one of name, about, parent, dark, background, palette, slots",
    );
    check("dark = \"yes\"", "own.toml:3: `dark` must be true or false");
    check("slots = 1", "own.toml:3: `slots` must be a table");
    assert!(mistakes(&format!("{head}[slots\n")).concat().starts_with("own.toml:3: not valid TOML"));
    assert_eq!(
        mistakes("name = \"own\"\nparent = \"nobody\"\n"),
        ["own.toml: the parent `nobody` was not found"]
    );
    let bare = mistakes("name = \"own\"\ndark = true\n[slots]\ntext = { fg = \"white\" }\n");
    assert!(bare[0].starts_with("own.toml: not set, here or in a parent: dim, title"), "{bare:?}");
    assert!(mistakes("dark = true\n")[0].contains("the theme has no name"));
    check_name();
}

fn check_name() {
    let found = mistakes("name = \"mine\"\nparent = \"nord\"\n");
    assert_eq!(
        found,
        ["own.toml:1: the file is called `own` and names itself `mine`; write `name = \"own\"`"]
    );
}

#[test]
fn parents_that_go_in_a_circle_are_refused() {
    let (_, errors) = Themes::load(&[
        user("a", "name = \"a\"\nparent = \"b\"\n"),
        user("b", "name = \"b\"\nparent = \"c\"\n"),
        user("c", "name = \"c\"\nparent = \"a\"\n"),
    ]);
    assert!(errors.iter().any(|e| e.reason.contains("the parents go in a circle")), "{errors:?}");
}
