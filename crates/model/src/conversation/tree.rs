//! A conversation as a tree: a message points at the one before it, and every way from a first
//! question to a last message is a branch.

use std::collections::{HashMap, VecDeque};

use super::{MessageStatus, Speaker};
use crate::Timestamp;
use crate::id::MessageId;

/// A message without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: MessageId,
    pub parent: Option<MessageId>,
    pub role: Speaker,
    pub status: MessageStatus,
    pub created_at: Timestamp,
    /// Whether it says anything.
    pub speaks: bool,
    /// Whether the values of the conversation's variables after it are kept with it.
    pub remembers: bool,
}

/// All messages of a conversation, and the last one of the branch that is shown.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Oldest first.
    places: Vec<Place>,
    index: HashMap<MessageId, usize>,
    /// What follows a message, oldest first; the first questions follow none.
    following: HashMap<Option<MessageId>, Vec<usize>>,
    head: Option<MessageId>,
}

impl Tree {
    /// The tree of these messages, which may come in any order.
    pub fn new(mut places: Vec<Place>, head: Option<MessageId>) -> Self {
        places.sort_by_key(|place| (place.created_at, place.id));
        let mut following: HashMap<Option<MessageId>, Vec<usize>> = HashMap::new();
        for (at, place) in places.iter().enumerate() {
            following.entry(place.parent).or_default().push(at);
        }
        let index = places.iter().enumerate();
        Self {
            index: index.map(|(at, place)| (place.id, at)).collect(),
            places,
            following,
            head,
        }
    }

    /// All messages, oldest first.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The last message of the branch that is shown.
    pub fn head(&self) -> Option<&Place> {
        self.head.and_then(|head| self.get(head))
    }

    /// A message.
    pub fn get(&self, id: MessageId) -> Option<&Place> {
        self.index.get(&id).map(|at| &self.places[*at])
    }

    /// The messages from the first question to this one.
    pub fn path(&self, to: MessageId) -> Vec<&Place> {
        let mut path = Vec::new();
        let mut next = self.get(to);
        // A ring, which nothing makes, would never end.
        while let Some(place) = next.filter(|_| path.len() < self.places.len()) {
            path.push(place);
            next = place.parent.and_then(|parent| self.get(parent));
        }
        path.reverse();
        path
    }

    /// All messages that a first question leads to, each behind the one it follows.
    pub fn parents_first(&self) -> Vec<&Place> {
        let mut order = Vec::with_capacity(self.places.len());
        let first = self.following.get(&None).map_or(&[][..], Vec::as_slice);
        let mut open: VecDeque<usize> = first.iter().copied().collect();
        while let Some(at) = open.pop_front() {
            let place = &self.places[at];
            order.push(place);
            open.extend(self.following.get(&Some(place.id)).into_iter().flatten());
        }
        order
    }

    /// The messages in the same place, itself included, oldest first; none when it is the only one.
    pub fn siblings(&self, of: &Place) -> Vec<MessageId> {
        let beside = self
            .following
            .get(&of.parent)
            .map_or(&[][..], Vec::as_slice);
        if beside.len() < 2 {
            return Vec::new();
        }
        beside.iter().map(|at| self.places[*at].id).collect()
    }

    /// The newest end of all branches through a message.
    pub fn newest_end(&self, through: MessageId) -> Option<&Place> {
        let mut open = vec![*self.index.get(&through)?];
        let (mut newest, mut seen) = (None, 0);
        while let Some(at) = open.pop().filter(|_| seen < self.places.len()) {
            seen += 1;
            match self.following.get(&Some(self.places[at].id)) {
                Some(next) => open.extend(next),
                None => newest = newest.max(Some(at)),
            }
        }
        newest.map(|at| &self.places[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> MessageId {
        MessageId::new(Timestamp::from_millis(1), number << 64)
    }

    fn place(number: u128, parent: Option<u128>, at: i64) -> Place {
        Place {
            id: id(number),
            parent: parent.map(id),
            role: Speaker::User,
            status: MessageStatus::Done,
            created_at: Timestamp::from_millis(at),
            speaks: true,
            remembers: false,
        }
    }

    /// 1 – 2 – 3 – 4, with 5 beside 2 and 6 – 7 beside 3; 8 beside 1.
    fn tree() -> Tree {
        let places = vec![
            place(7, Some(6), 7),
            place(1, None, 1),
            place(2, Some(1), 2),
            place(3, Some(2), 3),
            place(4, Some(3), 4),
            place(5, Some(1), 5),
            place(6, Some(2), 6),
            place(8, None, 8),
        ];
        Tree::new(places, Some(id(4)))
    }

    fn ids(places: &[&Place]) -> Vec<MessageId> {
        places.iter().map(|place| place.id).collect()
    }

    #[test]
    fn a_branch_is_the_way_from_the_first_question() {
        let tree = tree();
        assert_eq!(tree.head().map(|place| place.id), Some(id(4)));
        assert_eq!(ids(&tree.path(id(7))), [1, 2, 6, 7].map(id));
        assert!(tree.path(id(99)).is_empty());
    }

    #[test]
    fn siblings_are_told_oldest_first_and_only_when_there_are_some() {
        let tree = tree();
        let siblings = |number| tree.siblings(tree.get(id(number)).expect("it is there"));
        assert_eq!(siblings(6), [3, 6].map(id));
        assert_eq!(siblings(1), [1, 8].map(id));
        assert!(siblings(4).is_empty());
    }

    #[test]
    fn the_newest_end_through_a_message_is_a_last_message() {
        let tree = tree();
        let end = |number| tree.newest_end(id(number)).map(|place| place.id);
        assert_eq!(end(1), Some(id(7)));
        assert_eq!(end(3), Some(id(4)));
        assert_eq!(end(5), Some(id(5)));
        assert_eq!(end(99), None);
    }

    #[test]
    fn parents_come_before_what_follows_them() {
        let tree = tree();
        let order = tree.parents_first();
        assert_eq!(order.len(), 8);
        for (at, place) in order.iter().enumerate() {
            let parent = order
                .iter()
                .position(|other| Some(other.id) == place.parent);
            assert!(parent.is_none_or(|parent| parent < at), "{place:?}");
        }
    }

    #[test]
    fn a_ring_ends() {
        let tree = Tree::new(vec![place(1, Some(2), 1), place(2, Some(1), 2)], None);
        assert_eq!(tree.path(id(1)).len(), 2);
        assert!(tree.newest_end(id(1)).is_none());
    }
}
