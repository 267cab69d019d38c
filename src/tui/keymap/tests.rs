//! The shipped keymaps hold what the screens promise, and every class of mistake is refused with its
//! line.

use std::collections::BTreeSet;

use super::*;

fn shipped() -> Keymaps {
    let (maps, errors) = Keymaps::load(&[]);
    assert!(errors.is_empty(), "{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>());
    maps
}

fn press(map: &Keymap, keys: &str, context: Context) -> Lookup {
    let chords: Vec<KeyChord> = keys.split(' ').map(|key| key.parse().unwrap()).collect();
    map.lookup(&chords, &context)
}

fn on(screen: Screen) -> Context {
    Context { screen, ..Context::default() }
}

fn user(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

/// The mistakes of a file of one's own on the default keymap.
fn mistakes(rows: &str) -> Vec<String> {
    let maps = shipped();
    let text = format!("name = \"own\"\nparent = \"default\"\nkey = [\n{rows}\n]\n");
    match Keymap::parse("own.toml", &text, Some(maps.get("default").unwrap())) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_shipped_keymap_is_read_and_reaches_every_action() {
    let maps = shipped();
    assert_eq!(maps.names().collect::<Vec<_>>(), ["arrows", "default", "emacs", "k9s", "vim"]);
    for name in maps.names() {
        let map = maps.get(name).unwrap();
        assert_eq!(map.name(), name);
        let bound: BTreeSet<Action> = map.rows.iter().map(|row| row.action).collect();
        let missing: Vec<_> = Action::ALL.iter().filter(|action| !bound.contains(action)).collect();
        assert!(missing.is_empty(), "{name} has no key for {missing:?}");
    }
}

#[test]
fn what_a_multiplexer_or_flow_control_eats_has_a_second_way() {
    let maps = shipped();
    for name in maps.names() {
        let map = maps.get(name).unwrap();
        for context in Context::all() {
            for row in map.active(&context).filter(|row| row.on.iter().any(|key| key.may_be_eaten())) {
                let second = map
                    .active(&context)
                    .any(|other| other.action == row.action && !other.on.iter().any(|k| k.may_be_eaten()));
                assert!(second, "{name}: only {} does {:?} in {context:?}", parse::show(&row.on), row.action);
            }
        }
    }
}

#[test]
fn ctrl_d_only_moves() {
    let maps = shipped();
    for name in maps.names() {
        for context in Context::all() {
            match press(maps.get(name).unwrap(), "ctrl-d", context) {
                Lookup::None => {}
                Lookup::Action(action) => assert_eq!(action.group(), Group::Move, "{name} {context:?}"),
                Lookup::Prefix(_) => panic!("{name}: ctrl-d is a prefix in {context:?}"),
            }
        }
    }
}

#[test]
fn there_is_always_a_way_out_and_never_a_letter_while_typing() {
    let maps = shipped();
    for name in maps.names() {
        let map = maps.get(name).unwrap();
        for context in Context::all() {
            assert_eq!(press(map, "esc", context), Lookup::Action(Action::Back), "{name} {context:?}");
            assert_eq!(
                press(map, "ctrl-c", context),
                Lookup::Action(Action::Interrupt),
                "{name} {context:?}"
            );
            if context.mode.is_text() {
                let letter = map.active(&context).find(|row| row.on[0].typed().is_some());
                assert!(letter.is_none(), "{name} {context:?} {letter:?}");
            }
        }
    }
}

#[test]
fn a_yes_is_never_given_by_enter() {
    let maps = shipped();
    for name in maps.names() {
        let asked = Context { mode: Mode::Confirm, ..on(Screen::Export) };
        assert_eq!(press(maps.get(name).unwrap(), "enter", asked), Lookup::None);
        assert_eq!(press(maps.get(name).unwrap(), "y", asked), Lookup::Action(Action::Yes));
    }
}

#[test]
fn one_key_means_what_its_screen_says() {
    let maps = shipped();
    let map = maps.get("default").unwrap();
    let enter = |screen| press(map, "enter", on(screen));
    assert_eq!(enter(Screen::Assets), Lookup::Action(Action::Drill));
    assert_eq!(enter(Screen::Relationships), Lookup::Action(Action::Recentre));
    assert_eq!(enter(Screen::Collectors), Lookup::Action(Action::ShowProblems));
    assert_eq!(enter(Screen::Export), Lookup::Action(Action::RunExport));
    let typing = Context { mode: Mode::Filter, ..Context::default() };
    assert_eq!(press(map, "enter", typing), Lookup::Action(Action::Accept));
    assert_eq!(press(map, "j", typing), Lookup::None);
}

#[test]
fn a_prefix_tells_what_can_follow() {
    let maps = shipped();
    let Lookup::Prefix(next) = press(maps.get("default").unwrap(), "z", Context::default()) else {
        panic!("z should be a prefix");
    };
    let lines: Vec<String> = next.iter().map(|(key, desc)| format!("{key} {desc}")).collect();
    assert_eq!(
        lines,
        [
            "t Next theme",
            "m Mouse on or off",
            "a Plain ASCII drawing on or off",
            "s Save the view",
            "l Renew credentials",
            "h Hooks"
        ]
    );
    assert_eq!(press(maps.get("default").unwrap(), "z q", Context::default()), Lookup::None);
    assert_eq!(press(maps.get("default").unwrap(), "g g", Context::default()), Lookup::Action(Action::Top));
}

#[test]
fn help_and_hints_come_from_the_rows() {
    let maps = shipped();
    let map = maps.get("default").unwrap();
    let help = map.help(&on(Screen::Relationships), |_| true);
    let walk = help.iter().find(|row| row.action == Action::WalkIn).unwrap();
    assert_eq!(
        (walk.keys.as_slice(), walk.group),
        (&["i".to_owned(), "h".into(), "left".into()][..], Group::Relationships)
    );
    assert!(help.windows(2).all(|pair| pair[0].group <= pair[1].group));
    assert!(help.iter().all(|row| row.action != Action::Drill));

    let hints: Vec<_> =
        map.hints(&on(Screen::Collectors), 6, |_| true).into_iter().map(|row| row.action).collect();
    assert_eq!(
        hints,
        [
            Action::Collect,
            Action::RetryFailed,
            Action::ShowProblems,
            Action::Policy,
            Action::Palette,
            Action::Help
        ]
    );
    let running = Context { running: true, ..on(Screen::Collectors) };
    assert!(map.hints(&running, 6, |_| true).iter().any(|row| row.action == Action::CancelRun));
    assert_eq!(map.key_of(Action::RetryFailed, &on(Screen::Collectors)).as_deref(), Some("r"));
}

#[test]
fn each_mistake_is_refused_with_its_line() {
    let check = |rows: &str, expected: &str| {
        let found = mistakes(rows);
        assert_eq!(found, [expected], "{rows}");
    };
    check("{ on = \"t\", run = \"dwon\" },", "own.toml:4: unknown action `dwon`; did you mean `down`?");
    check(
        "{ on = \"t\", run = \"up\" },\n{ on = \"t\", run = \"down\" },",
        "own.toml:5: `t` is bound already on line 4, for example in assets; remove one, or part them with `when`",
    );
    check(
        "{ on = [\"t\", \"a\"], run = \"up\" },\n{ on = \"t\", run = \"down\", when = \"doc\" },\n{ on = \"t\", run = \"down\", when = \"export\" },",
        "own.toml:4: `t a` can never be typed in export: `t` on line 6 acts first; lengthen the shorter one, or part them with `when`",
    );
    check(
        "{ on = \"t\", run = \"up\", when = \"asets\" },",
        "own.toml:4: `asets` is not a screen, mode, pane or state; did you mean `assets`?",
    );
    check(
        "{ on = \"t\", run = \"up\", when = \"assets && export\" },",
        "own.toml:4: `assets && export` is never true",
    );
    check(
        "{ on = \"t\", run = \"accept\", when = \"filter\" },",
        "own.toml:4: `t` is text in the places where this row would act; take a key with ctrl or alt",
    );
    check("{ on = \"ctrl-i\", run = \"up\" },", "own.toml:4: terminals send `ctrl-i` as tab; write `tab`");
    check(
        "{ onn = \"t\", on = \"t\", run = \"up\" },",
        "own.toml:4: unknown field `onn`; did you mean `on`?",
    );
    check("{ run = \"up\" },", "own.toml:4: the row has no `on`");
    check("{ on = \"t\" },", "own.toml:4: the row has no `run`");
    check("{ on = 3, run = \"up\" },", "own.toml:4: `on` must be a key or a list of keys pressed in a row");
    check("{ on = [], run = \"up\" },", "own.toml:4: `on` takes 1 to 4 keys");
    check("{ on = \"t\", run = \"up\", hint = 1 },", "own.toml:4: `hint` must be true or false");
    check("{ on = \"u\", run = \"none\" },", "own.toml:4: there is no `u` to unbind; remove the row");
    check("\"j\",", "own.toml:4: a row must be a table such as `{ on = [\"j\"], run = \"down\" }`");
    assert!(
        mistakes("{ on = ").concat().starts_with("own.toml:5: not valid TOML"),
        "{:?}",
        mistakes("{ on = ")
    );
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let found = mistakes("{ on = \"t\", run = \"dwon\" },\n{ on = \"shift-a\", run = \"up\" },");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn rows_that_never_meet_may_share_a_key() {
    assert!(mistakes("{ on = \"t\", run = \"up\", when = \"assets\" }, { on = \"t\", run = \"down\", when = \"export\" },").is_empty());
}

#[test]
fn a_file_of_ones_own_goes_before_its_parent() {
    let (maps, errors) = Keymaps::load(&[
        user(
            "default",
            "name = \"default\"\nparent = \"default\"\nkey = [{ on = \"z\", run = \"up\" }, { on = \"x\", run = \"none\" }]",
        ),
        user("mine", "name = \"mine\"\nparent = \"default\"\nkey = [{ on = \"t\", run = \"down\" }]"),
    ]);
    assert_eq!(errors, []);
    let mine = maps.get("mine").unwrap();
    assert_eq!(press(mine, "t", Context::default()), Lookup::Action(Action::Down));
    assert_eq!(press(mine, "z", Context::default()), Lookup::Action(Action::Up));
    assert_eq!(press(mine, "x", Context::default()), Lookup::None);
    assert!(matches!(press(mine, "z", Context { mode: Mode::Doc, ..Context::default() }), Lookup::Prefix(_)));
    assert!(matches!(press(maps.get("vim").unwrap(), "z", Context::default()), Lookup::Prefix(_)));
    assert!(maps.get("vmi").unwrap_err().contains("did you mean `vim`?"));
}

#[test]
fn a_broken_file_of_ones_own_leaves_the_built_in_one() {
    let (maps, errors) = Keymaps::load(&[user("vim", "name = \"vim\"\nkey = [{ on = \"t\", run = \"?\" }]")]);
    assert_eq!((errors.len(), errors[0].line), (1, 2));
    assert_eq!(press(maps.get("vim").unwrap(), "Z Z", Context::default()), Lookup::Action(Action::Quit));
}

#[test]
fn circles_and_missing_parents_are_refused() {
    let (_, errors) = Keymaps::load(&[
        user("a", "name = \"a\"\nparent = \"b\"\nkey = []"),
        user("b", "name = \"b\"\nparent = \"a\"\nkey = []"),
        user("c", "name = \"c\"\nparent = \"nobody\"\nkey = []"),
    ]);
    let text: String = errors.iter().map(|e| format!("{e}\n")).collect();
    assert!(text.contains("the parents go in a circle"), "{text}");
    assert!(text.contains("c.toml: the parent `nobody` was not found"), "{text}");
}
