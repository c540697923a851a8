//! Ready schemas and what only they use.
mod blueprint;
mod jobs;
mod template;
mod workflow;
