//! Payloads whose expectation is not checked yet, since what they are about comes with a later issue, or since
//! it is wrong; that they break nothing is.

const MOVES: &str = "moves of accounts";
const REPORTS: &str = "reports";
const GROUPS: &str = "communities: what moderators do and what they pass on";
const PINS: &str = "pinned posts and moderators of others";
const QUOTES: &str = "quotes that ask for leave";
const POLICIES: &str = "rules for who may interact";
const MIXED: &str = "put together from two servers by the test that it comes from, and refused as forged";
const NO_PAYLOAD: &str = "an answer of a service for translations, nothing that is federated";
/// While no move is accepted, there is no repaired twin of one that is refused.
const NO_MOVES: &str = "moves of accounts: only that there is no effect is checked";

/// Which, and why.
pub const LIST: &[(&str, &str)] = &[
    ("gotosocial_move-ref_1.json", MOVES),
    ("gotosocial_move-ref_2.json", MOVES),
    ("gotosocial_move-ref_3.json", MOVES),
    ("gotosocial_move-ref_4.json", MOVES),
    ("gotosocial_move-ref_5.json", MOVES),
    ("mastodon_move-ref_1.json", MOVES),
    ("gotosocial_flag-ref_1.json", REPORTS),
    ("mastodon_flag-ref_2.json", REPORTS),
    ("mbin_flag-ref_4.json", REPORTS),
    ("lemmy_delete-ref_4.json", GROUPS),
    ("lemmy_lock-ref_1.json", GROUPS),
    ("lemmy_lock-ref_2.json", GROUPS),
    ("lemmy_undo-delete_1.json", GROUPS),
    ("lemmy_undo-delete_3.json", GROUPS),
    ("mbin_announce-add_2.json", GROUPS),
    ("mbin_announce-create-note_1.json", GROUPS),
    ("mbin_announce-create-note_2.json", GROUPS),
    ("mbin_announce-create-note_3.json", GROUPS),
    ("mbin_announce-delete-tombstone_1.json", GROUPS),
    ("mbin_announce-delete-tombstone_2.json", GROUPS),
    ("mbin_announce-delete-tombstone_4.json", GROUPS),
    ("mbin_announce-like_2.json", GROUPS),
    ("mbin_announce-like_3.json", GROUPS),
    ("mbin_announce-like_4.json", GROUPS),
    ("mbin_announce-remove_1.json", GROUPS),
    ("mbin_announce-remove_2.json", GROUPS),
    ("mbin_announce-undo-like_3.json", GROUPS),
    ("mbin_announce-update-note_1.json", GROUPS),
    ("mbin_lock-ref_3.json", GROUPS),
    ("nodebb_announce-create-note_2.json", GROUPS),
    ("nodebb_announce-like-note_1.json", GROUPS),
    ("nodebb_announce-like-note_6.json", GROUPS),
    ("piefed_announce-create-page_1.json", GROUPS),
    ("piefed_announce-dislike_1.json", GROUPS),
    ("lemmy_add-ref_1.json", PINS),
    ("lemmy_add-ref_2.json", PINS),
    ("lemmy_remove-ref_2.json", PINS),
    ("mbin_add-ref_1.json", PINS),
    ("mbin_add-ref_2.json", PINS),
    ("mbin_remove-ref_2.json", PINS),
    ("mastodon_quoteauthorization_1.json", QUOTES),
    ("gotosocial_likerequest-ref_1.json", POLICIES),
    ("misskey_like-ref_2.json", MIXED),
    ("pleroma_note_1.json", MIXED),
    ("pleroma_list_1.json", NO_PAYLOAD),
    ("hostile_move-not-self_1.json", NO_MOVES),
    ("hostile_move-to-local_1.json", NO_MOVES),
    ("hostile_move-without-alias_1.json", NO_MOVES),
];

/// Why a payload is left out; `None` for those that are not.
pub fn reason(file: &str) -> Option<&'static str> {
    LIST.iter().find(|(known, _)| *known == file).map(|(_, reason)| *reason)
}

/// Whether not even the absence of an effect is checked.
pub fn is_unchecked(file: &str) -> bool {
    reason(file).is_some_and(|reason| reason != NO_MOVES)
}
