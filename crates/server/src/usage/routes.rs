//! The route tags of each organization: a small number for each, so that a verification hashes no text
//! under a lock. Looked up without a lock; a new one is added under one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use keydeck_domain::OrganizationId;
use keydeck_domain::api::usage::ROUTES_MAX;

/// Every tag beyond the hundredth.
const OTHER: i16 = -1;

/// All organizations' tags.
#[derive(Default)]
pub(crate) struct Routes {
    organizations: papaya::HashMap<OrganizationId, Arc<Tags>>,
}

#[derive(Default)]
struct Tags {
    places: papaya::HashMap<Box<str>, i16>,
    taken: AtomicUsize,
    /// In the order of their places, the first of which is 1.
    names: Mutex<Vec<Box<str>>>,
}

impl Routes {
    /// The place of a tag, which gets one where there is room.
    pub(crate) fn place(&self, organization: OrganizationId, tag: &str) -> i16 {
        let organizations = self.organizations.pin();
        let tags = match organizations.get(&organization) {
            Some(tags) => tags,
            None => organizations.get_or_insert_with(organization, Arc::default),
        };
        if let Some(place) = tags.places.pin().get(tag) {
            return *place;
        }
        if tags.taken.load(Ordering::Acquire) >= ROUTES_MAX { OTHER } else { tags.add(tag) }
    }

    /// The tag at a place.
    pub(crate) fn name(&self, organization: OrganizationId, place: i16) -> Option<Box<str>> {
        let index = usize::try_from(place).ok()?.checked_sub(1)?;
        let tags = Arc::clone(self.organizations.pin().get(&organization)?);
        let names = tags.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(index).cloned()
    }
}

impl Tags {
    fn add(&self, tag: &str) -> i16 {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been first.
        if let Some(place) = self.places.pin().get(tag) {
            return *place;
        }
        if names.len() >= ROUTES_MAX {
            return OTHER;
        }
        names.push(tag.into());
        let place = i16::try_from(names.len()).expect("there are at most a hundred");
        self.places.pin().insert(tag.into(), place);
        self.taken.store(names.len(), Ordering::Release);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_and_first_tag_is_another() {
        let (routes, a, b) = (Routes::default(), OrganizationId::generate(), OrganizationId::generate());
        for round in 0..2 {
            for number in 1..=ROUTES_MAX {
                assert_eq!(usize::try_from(routes.place(a, &format!("/{number}"))), Ok(number), "{round}");
            }
        }
        assert_eq!(routes.place(a, "/101"), OTHER);
        assert_eq!((routes.place(b, "/101"), routes.place(a, "/7")), (1, 7));
        assert_eq!((routes.name(a, 7).as_deref(), routes.name(a, 101), routes.name(a, OTHER)), (Some("/7"), None, None));
    }
}
