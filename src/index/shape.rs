//! How the texts of a row are put together: which of them it has, what each shares with others, and
//! where the rest stands. Rows of one kind have one shape, so each is kept once per chunk.
//!
//! ```text
//! name      payments-17                            own text
//! id        arn:aws:ec2:eu-west-1:1:instance/ i-7  a shared beginning, own text
//! address   (name) .eu-west-1.example.com          the name again, a shared end
//! alias     (tail)                                 the own text of the id again
//! ```

/// Where the middle of a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Among the searchable texts of the row, next in line.
    Own,
    /// So too, and as the source wrote it among its other texts: folding changed it.
    Raw,
    /// It is the name.
    Name,
    /// It is that of the id.
    Tail,
}

/// One text of a row. Affixes are by number, `None` for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) prefix: Option<u32>,
    pub(crate) body: Body,
    pub(crate) suffix: Option<u32>,
}

/// What the texts of a row are, besides the pieces: name, id, addresses and aliases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) addresses: usize,
    pub(crate) aliases: usize,
    /// Texts of what it is the same as: kinds and names by turns.
    pub(crate) same: usize,
    pub(crate) incarnation: bool,
    pub(crate) declares: bool,
}

/// Writes a shape.
pub(crate) fn write(head: Head, pieces: &[Piece], out: &mut Vec<u8>) {
    out.push(u8::from(head.incarnation) | u8::from(head.declares) << 1);
    for n in [head.addresses, head.aliases, head.same] {
        put(out, n);
    }
    for piece in pieces {
        out.push(match piece.body {
            Body::Own => 0,
            Body::Raw => 1,
            Body::Name => 2,
            Body::Tail => 3,
        });
        for affix in [piece.prefix, piece.suffix] {
            put(out, affix.map_or(0, |n| n as usize + 1));
        }
    }
}

/// Reads a shape: its head, and the rest, which is its pieces.
pub(crate) fn head(mut shape: &[u8]) -> (Head, &[u8]) {
    let flags = shape.split_off_first().copied().unwrap_or(0);
    let (addresses, aliases, same) = (take(&mut shape), take(&mut shape), take(&mut shape));
    (Head { addresses, aliases, same, incarnation: flags & 1 != 0, declares: flags & 2 != 0 }, shape)
}

/// The next piece; `None` at the end.
pub(crate) fn piece(shape: &mut &[u8]) -> Option<Piece> {
    let body = match shape.split_off_first()? {
        0 => Body::Own,
        1 => Body::Raw,
        2 => Body::Name,
        _ => Body::Tail,
    };
    let mut affix = || take(shape).checked_sub(1).and_then(|n| u32::try_from(n).ok());
    let prefix = affix();
    Some(Piece { prefix, body, suffix: affix() })
}

/// Seven bits a byte, the low ones first; all but the last above 127.
fn put(out: &mut Vec<u8>, mut n: usize) {
    while n >= 128 {
        out.push(128 | n.to_le_bytes()[0]);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

fn take(rest: &mut &[u8]) -> usize {
    let (mut n, mut shift) = (0, 0);
    while let Some(byte) = rest.split_off_first() {
        n |= usize::from(byte & 127).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if *byte < 128 {
            break;
        }
    }
    n
}
