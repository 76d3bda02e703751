//! What comes before what in one graph: a topological rank, and ancestors. Built in one pass.
//!
//! Most questions are answered by the intervals of a spanning tree (inside: certainly before) and by
//! rank (later: certainly not); the rest walks back from the node, no further than the ranks between.

use std::cell::RefCell;

use crate::plan::PlannedEdge;

/// The edges at a node and its rank.
#[derive(Clone, Default)]
pub(super) struct Shape {
    pub in_edges: Vec<usize>,
    pub out_edges: Vec<usize>,
    pub rank: usize,
}

/// Answers whether a node comes before another.
pub(super) struct Order {
    /// Per node: its predecessors, its rank, and when the walk of the spanning tree came and went.
    before: Vec<Vec<usize>>,
    rank: Vec<usize>,
    came: Vec<usize>,
    went: Vec<usize>,
    /// Which walk saw a node last, so that walks need no fresh marks.
    seen: RefCell<(usize, Vec<usize>)>,
}

/// The shape of a graph; nodes of a cycle keep rank 0 and are reported elsewhere.
pub(super) fn shapes(edges: &[PlannedEdge], nodes: usize) -> Vec<Shape> {
    let mut shapes = vec![Shape::default(); nodes];
    for (index, edge) in edges.iter().enumerate() {
        shapes[edge.from].out_edges.push(index);
        shapes[edge.to].in_edges.push(index);
    }
    let mut waiting: Vec<usize> = shapes.iter().map(|s| s.in_edges.len()).collect();
    let mut order: Vec<usize> = (0..nodes).filter(|&n| waiting[n] == 0).collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        shapes[node].rank = at;
        at += 1;
        for &edge in &shapes[node].out_edges {
            let to = edges[edge].to;
            waiting[to] -= 1;
            if waiting[to] == 0 {
                order.push(to);
            }
        }
    }
    shapes
}

impl Order {
    pub(super) fn new(edges: &[PlannedEdge], shapes: &[Shape]) -> Self {
        let nodes = shapes.len();
        let mut order = Self {
            before: shapes
                .iter()
                .map(|shape| {
                    shape
                        .in_edges
                        .iter()
                        .map(|&edge| edges[edge].from)
                        .collect()
                })
                .collect(),
            rank: shapes.iter().map(|shape| shape.rank).collect(),
            came: vec![usize::MAX; nodes],
            went: vec![0; nodes],
            seen: RefCell::new((0, vec![0; nodes])),
        };
        let mut clock = 0;
        for root in (0..nodes).filter(|&node| shapes[node].in_edges.is_empty()) {
            order.walk(root, edges, shapes, &mut clock);
        }
        order
    }

    /// Depth first, without recursion: a flow may be one long chain.
    fn walk(&mut self, root: usize, edges: &[PlannedEdge], shapes: &[Shape], clock: &mut usize) {
        let mut stack = vec![(root, 0)];
        self.came[root] = *clock;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            *clock += 1;
            match shapes[node].out_edges.get(*next) {
                Some(&edge) => {
                    *next += 1;
                    let to = edges[edge].to;
                    if self.came[to] == usize::MAX {
                        self.came[to] = *clock;
                        stack.push((to, 0));
                    }
                }
                None => {
                    self.went[node] = *clock;
                    stack.pop();
                }
            }
        }
    }

    fn below(&self, node: usize, ancestor: usize) -> bool {
        self.came[ancestor] < self.came[node] && self.went[node] <= self.went[ancestor]
    }

    /// Whether `earlier` is an ancestor of `node`.
    pub(super) fn comes_before(&self, earlier: usize, node: usize) -> bool {
        if self.rank[earlier] >= self.rank[node] {
            return false;
        }
        if self.below(node, earlier) {
            return true;
        }
        let (walk, marks) = &mut *self.seen.borrow_mut();
        *walk += 1;
        let mut next = vec![node];
        while let Some(at) = next.pop() {
            for &from in &self.before[at] {
                if from == earlier
                    || (self.rank[from] > self.rank[earlier] && self.below(from, earlier))
                {
                    return true;
                }
                if self.rank[from] > self.rank[earlier] && marks[from] != *walk {
                    marks[from] = *walk;
                    next.push(from);
                }
            }
        }
        false
    }

    /// Some ancestors of a node, the nearest first.
    pub(super) fn before(&self, node: usize, most: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut at = node;
        let mut next = 0;
        loop {
            for &from in &self.before[at] {
                if found.len() < most && !found.contains(&from) {
                    found.push(from);
                }
            }
            match found.get(next) {
                Some(&found) => at = found,
                None => return found,
            }
            next += 1;
        }
    }
}
