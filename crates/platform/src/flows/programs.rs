//! What is wrong with the programs of a flow: each is loaded, not run, by the workers that will run it.

use headwater_engine::nodes::code::programs;
use headwater_model::Code;
use headwater_model::flow::{FlowDocument, Problem};
use headwater_model::id::WorkspaceId;
use headwater_model::ports::RunCode as _;

use crate::Platform;

impl Platform {
    /// One problem per program that no run can load.
    pub(super) async fn program_problems(
        &self,
        workspace: WorkspaceId,
        document: &FlowDocument,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for program in programs(document) {
            let checked = self
                .inner
                .code
                .check(workspace, program.language, program.code);
            match checked.await {
                // Nobody could look; a run will tell.
                Ok(())
                | Err(headwater_model::Error {
                    code: Code::Unavailable,
                    ..
                }) => {}
                Err(error) => problems.push(Problem {
                    node: Some(program.node),
                    field: Some("code".to_owned()),
                    message: error.message.into_owned(),
                    fix: "Correct the code.".to_owned(),
                }),
            }
        }
        problems
    }
}
