//! What the host of a console does for a person: asks where a file is to be, shows notices.

use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use keydeck_console::error::Result;
use keydeck_console::ports::{Clicked, Notices, Proposal, Saving, SystemNotice};

/// Answers the dialog: each time with a folder in which the proposed name is taken, or by closing it.
pub struct Chosen {
    pub asked: Mutex<Vec<Proposal>>,
    answer: Mutex<Option<PathBuf>>,
}

impl Chosen {
    pub fn new(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        Self { asked: Mutex::default(), answer: Mutex::new(Some(folder)) }
    }

    /// From now on this folder is chosen, or the dialog is closed.
    pub fn answer(&self, folder: Option<PathBuf>) {
        *self.answer.lock().unwrap() = folder;
    }
}

#[async_trait]
impl Saving for Chosen {
    async fn ask(&self, proposal: Proposal) -> Result<Option<PathBuf>> {
        let path = self.answer.lock().unwrap().as_ref().map(|folder| folder.join(&proposal.name));
        self.asked.lock().unwrap().push(proposal);
        Ok(path)
    }
}

/// All notices, in order, each with what its click does.
#[derive(Default)]
pub struct Noticed(Mutex<Vec<(SystemNotice, Option<Clicked>)>>);

impl Notices for Noticed {
    fn show(&self, notice: SystemNotice, clicked: Clicked) {
        self.0.lock().unwrap().push((notice, Some(clicked)));
    }
}

impl Noticed {
    pub fn titles(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(notice, _)| notice.title.clone()).collect()
    }

    pub fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(notice, _)| notice.text.clone()).collect()
    }

    /// Clicks the one with this title.
    pub fn click(&self, title: &str) {
        let mut all = self.0.lock().unwrap();
        let (_, clicked) = all.iter_mut().find(|(notice, _)| notice.title == title).unwrap();
        clicked.take().unwrap()();
    }
}
