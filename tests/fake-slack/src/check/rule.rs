//! What a property of a block or element may be.

/// Which kinds of text object are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinds {
    Plain,
    Either,
}

/// What a property may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A text object of at most so many characters.
    Text(Kinds, usize),
    /// A string of at least one and at most so many characters.
    Filled(usize),
    /// A string of at most so many characters.
    String(usize),
    /// `block_id`: a string of at most 255 characters, unique in the payload.
    BlockId,
    /// `action_id`: a string of at most 255 characters, unique in its block.
    ActionId,
    /// True or false.
    Bool,
    /// A number, or a string that is one.
    Number,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// From one to so many text objects of at most so many characters.
    Texts(usize, usize),
    /// From one to so many options of a menu.
    Options(usize),
    /// One option of a menu.
    Option,
    /// From one to so many radio buttons or checkboxes.
    Choices(usize),
    /// One radio button.
    Choice,
    /// From one to so many groups of options.
    Groups(usize),
    /// One element of these types.
    Element(&'static [&'static str]),
    /// From one to so many elements of these types.
    Elements(usize, &'static [&'static str]),
    /// Like [`Rule::Elements`], but may be empty.
    Maybe(usize, &'static [&'static str]),
    /// An object with these properties.
    Object(&'static Shape),
    /// Rows of a table: so many, of so many cells.
    Rows(usize, usize),
    /// Not looked into.
    Any,
}

/// What a block or element may have.
#[derive(Debug)]
pub(super) struct Shape {
    /// Properties that must be there.
    pub(super) required: &'static [&'static str],
    /// Of each of these, at least one must be there.
    pub(super) any_of: &'static [&'static str],
    /// Every property that may be there, `type` aside.
    pub(super) properties: &'static [(&'static str, Rule)],
}

impl Shape {
    pub(super) const fn new(
        required: &'static [&'static str],
        properties: &'static [(&'static str, Rule)],
    ) -> Self {
        Self { required, any_of: &[], properties }
    }
}
