//! Every action that a key can name. Closed: an unknown name in a keymap file is an error, and every
//! action here is handled by a match that the compiler checks.

macro_rules! actions {
    ($($group:ident { $($action:ident = $name:literal, $about:literal;)+ })+) => {
        /// Something a key does.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(missing_docs, reason = "`about` says it, for the reader of the code as for the user")]
        pub enum Action { $($($action,)+)+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$($(Self::$action,)+)+];

            /// Its name in keymap files and in the palette.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(Self::$action => $name,)+)+ }
            }

            /// What it does, in a few words.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $($(Self::$action => $about,)+)+ }
            }

            /// Where help lists it.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $($(Self::$action)|+ => Group::$group,)+ }
            }
        }
    };
}

/// A heading of the help.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "`title` says it")]
pub enum Group {
    Move,
    Screens,
    Select,
    Filter,
    Show,
    Relationships,
    Time,
    Collect,
    Export,
    Input,
    Program,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 11] = [
        Self::Move,
        Self::Screens,
        Self::Select,
        Self::Filter,
        Self::Show,
        Self::Relationships,
        Self::Time,
        Self::Collect,
        Self::Export,
        Self::Input,
        Self::Program,
    ];

    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Screens => "Screens",
            Self::Select => "Mark and copy",
            Self::Filter => "Filter and find",
            Self::Show => "Show",
            Self::Relationships => "Relationships",
            Self::Time => "Time and changes",
            Self::Collect => "Collect",
            Self::Export => "Export",
            Self::Input => "While typing or asked",
            Self::Program => "Program",
        }
    }
}

actions! {
    Move {
        Up = "up", "One up";
        Down = "down", "One down";
        Left = "left", "One left, or the value before";
        Right = "right", "One right, or the value after";
        PageUp = "page-up", "One page up";
        PageDown = "page-down", "One page down";
        HalfPageUp = "half-page-up", "Half a page up";
        HalfPageDown = "half-page-down", "Half a page down";
        Top = "top", "To the first";
        Bottom = "bottom", "To the last";
        ScrollLeft = "scroll-left", "Columns to the left";
        ScrollRight = "scroll-right", "Columns to the right";
        Fold = "fold", "Open or close the group";
        FoldAll = "fold-all", "Open or close all groups";
        FocusNext = "focus-next", "To the next pane or field";
        FocusPrevious = "focus-previous", "To the pane or field before";
        HistoryBack = "history-back", "Back to where you were";
        HistoryForward = "history-forward", "Forth again";
    }
    Screens {
        Assets = "assets", "Assets";
        Tree = "tree", "Tree";
        TreeAt = "tree-at", "Tree, at the place of the selected asset";
        Relationships = "relationships", "Relationships of the selected asset";
        Collectors = "collectors", "Collectors and health";
        Changes = "changes", "Changes";
        ExportScreen = "export-screen", "Export";
        Pulse = "pulse", "Pulse";
        Views = "views", "Views";
    }
    Select {
        Mark = "mark", "Mark, or take the mark off";
        MarkRange = "mark-range", "Mark a range";
        ClearMarks = "clear-marks", "Take all marks off";
        CopyId = "copy-id", "Copy the id";
        CopyRows = "copy-rows", "Copy the row, or the marked rows, as a table";
    }
    Filter {
        Filter = "filter", "Filter";
        RepeatFilter = "repeat-filter", "Apply the last filter again";
        ProblemsOnly = "problems-only", "Only what has a problem, or all";
        Search = "search", "Find in the document";
        SearchNext = "search-next", "Next found";
        SearchPrevious = "search-previous", "Found before";
    }
    Show {
        Drill = "drill", "Open";
        Describe = "describe", "Describe";
        ShowYaml = "yaml", "Show as YAML";
        ShowJson = "json", "Show as JSON";
        ToggleDetail = "toggle-detail", "Show or hide the detail";
        PickSort = "pick-sort", "Choose the order";
        InvertSort = "invert-sort", "Turn the order round";
        Group = "group", "Count assets by kind, region, tag or what you choose";
        PickColumns = "pick-columns", "Choose columns";
        Wide = "wide", "More columns, or fewer";
        ToggleWrap = "toggle-wrap", "Wrap long lines, or cut them";
        SaveView = "save-view", "Keep what shows as a view";
        MarkView = "mark-view", "Mark what shows with a letter, to come back to";
        JumpView = "jump-view", "Go to what a letter marks";
        DeleteView = "delete-view", "Delete the view";
        RenameView = "rename-view", "Rename the view";
        Refresh = "refresh", "Ask again for what is shown";
    }
    Relationships {
        WalkIn = "walk-in", "To what points here";
        WalkOut = "walk-out", "To what this points at";
        Recentre = "recentre", "Put the selected asset in the middle";
        DepthMore = "depth-more", "One step further";
        DepthLess = "depth-less", "One step less";
        RelationFilter = "relation-filter", "Only one relation, the next, or all";
    }
    Time {
        Earlier = "earlier", "One run back in time";
        Later = "later", "One run on in time";
        EarlierHour = "earlier-hour", "An hour back in time";
        LaterHour = "later-hour", "An hour on in time";
        EarlierDay = "earlier-day", "A day back in time";
        LaterDay = "later-day", "A day on in time";
        Now = "now", "Back to now";
        Nearby = "nearby", "What changed within two steps in the last two hours";
        Compare = "compare", "Differences: of two marks, or against an earlier time";
        ShowChange = "show-change", "What is different, field by field";
        ShowAsset = "show-asset", "The asset that this is about";
        GroupChanges = "group-changes", "Count changes by run, asset, kind, change, path, hour, day, or list them";
        Pin = "pin", "Pin, or take the pin off";
    }
    Collect {
        Collect = "collect", "Collect now";
        CancelRun = "cancel-run", "Stop what runs";
        RetryFailed = "retry-failed", "Collect again what was not read";
        CollectSelected = "collect-selected", "Collect only what is under the cursor";
        Estimate = "estimate", "What a run would take";
        ShowProblems = "show-problems", "Why this scope is not whole";
        Log = "log", "The log, as it goes on";
        Calls = "calls", "The call ledger";
        OtherForm = "other-form", "Call by call, or summed up";
        Policy = "policy", "The smallest policy that would fix the denials";
        Login = "login", "The command that would renew expired credentials";
        CopyRenew = "copy-renew", "Copy the command that renews the credentials";
        Hooks = "hooks", "How the hooks fare";
    }
    Export {
        Export = "export", "Export what is shown";
        RunExport = "run-export", "Write the file";
        EditField = "edit-field", "Edit the field";
        ToggleField = "toggle-field", "Switch the field";
    }
    Input {
        Accept = "accept", "Take it";
        Complete = "complete", "Complete, or the next proposal";
        CompletePrevious = "complete-previous", "The proposal before";
        InputOlder = "input-older", "The line typed before";
        InputNewer = "input-newer", "The line typed after";
        ClearInput = "clear-input", "Clear the line";
        Yes = "yes", "Yes";
        No = "no", "No";
    }
    Program {
        Palette = "palette", "Command";
        Help = "help", "Keys";
        Back = "back", "One step back";
        Leave = "leave", "Back, and out at the end";
        Quit = "quit", "Quit";
        Interrupt = "interrupt", "Stop what runs, else back; twice quits";
        Suspend = "suspend", "To the shell, until `fg`";
        NextTheme = "next-theme", "Next theme";
        ToggleMouse = "toggle-mouse", "Mouse on or off";
        ToggleAscii = "toggle-ascii", "Plain ASCII drawing on or off";
        Redraw = "redraw", "Draw the screen anew";
    }
}

impl Action {
    /// The action of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}
