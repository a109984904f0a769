//! Somebody in front of a browser, who reads each page and clicks what goes on.

use reqwest::Url;

pub(crate) struct Browser {
    client: reqwest::Client,
    opened: usize,
}

/// More pages than any of it has.
const MOST: usize = 8;

/// The address behind the button that goes on, if the page has one.
fn button(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<a class=go href=\"")?;
    let (address, _) = rest.split_once('"')?;
    Some(address.replace("&amp;", "&"))
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self {
            client: reqwest::Client::new(),
            opened: 0,
        }
    }

    /// Pages that were opened, of those that a command asked for.
    pub(crate) const fn opened(&self) -> usize {
        self.opened
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> (Url, String) {
        let answer = request.send().await.expect("the page opens");
        let url = answer.url().clone();
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
        (url, answer.text().await.expect("a page"))
    }

    /// Opens an address and agrees to what is asked there; gives the page at the end of it.
    pub(crate) async fn agrees(&mut self, address: &str) -> String {
        self.opened += 1;
        let (mut url, mut page) = self.read(self.client.get(address)).await;
        let mut clicked = 0;
        while let Some(next) = button(&page) {
            clicked += 1;
            assert!(clicked < MOST, "{url} never ends:\n{page}");
            let next = url.join(&next).expect("an address");
            (url, page) = self.read(self.client.get(next)).await;
        }
        assert!(clicked > 0, "nobody was asked anything:\n{page}");
        page
    }

    /// Opens the page for devices, compares the code with the one that the terminal shows, and confirms.
    pub(crate) async fn confirms(&mut self, address: &str, code: &str) {
        self.opened += 1;
        let (url, page) = self.read(self.client.get(address)).await;
        assert!(page.contains(code), "another code:\n{page}");
        let form = [("user_code", code), ("action", "confirm")];
        let (_, page) = self.read(self.client.post(url).form(&form)).await;
        assert!(page.contains("all set"), "{page}");
    }
}
