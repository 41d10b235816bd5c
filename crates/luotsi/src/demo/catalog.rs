//! What the sample shop sells and writes about.

/// When a category is in demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    Summer,
    Winter,
    AllYear,
}

/// A shelf of the shop.
#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) slug: &'static str,
    /// What one product of it is called in its address.
    noun: &'static str,
    /// Price of the middle product, euros.
    price: f64,
    /// How many look for it, in the middle of its season.
    weight: f64,
    demand: Demand,
}

const CATEGORIES: [Category; 13] = [
    Category { slug: "tents", noun: "tent", price: 289.0, weight: 1.0, demand: Demand::Summer },
    Category {
        slug: "backpacks",
        noun: "backpack",
        price: 149.0,
        weight: 1.1,
        demand: Demand::Summer,
    },
    Category {
        slug: "sleeping-bags",
        noun: "sleeping-bag",
        price: 169.0,
        weight: 0.7,
        demand: Demand::Summer,
    },
    Category {
        slug: "hammocks",
        noun: "hammock",
        price: 79.0,
        weight: 0.4,
        demand: Demand::Summer,
    },
    Category { slug: "stoves", noun: "stove", price: 64.0, weight: 0.6, demand: Demand::AllYear },
    Category {
        slug: "headlamps",
        noun: "headlamp",
        price: 49.0,
        weight: 0.7,
        demand: Demand::Winter,
    },
    Category { slug: "knives", noun: "knife", price: 59.0, weight: 0.6, demand: Demand::AllYear },
    Category {
        slug: "shell-jackets",
        noun: "shell-jacket",
        price: 219.0,
        weight: 1.0,
        demand: Demand::AllYear,
    },
    Category {
        slug: "down-jackets",
        noun: "down-jacket",
        price: 249.0,
        weight: 1.3,
        demand: Demand::Winter,
    },
    Category {
        slug: "base-layers",
        noun: "base-layer",
        price: 69.0,
        weight: 0.9,
        demand: Demand::Winter,
    },
    Category {
        slug: "hiking-boots",
        noun: "hiking-boot",
        price: 179.0,
        weight: 1.1,
        demand: Demand::AllYear,
    },
    Category { slug: "skis", noun: "ski", price: 319.0, weight: 0.8, demand: Demand::Winter },
    Category {
        slug: "snowshoes",
        noun: "snowshoe",
        price: 139.0,
        weight: 0.5,
        demand: Demand::Winter,
    },
];

/// Sixteen models in each category.
const MODELS: [&str; 16] = [
    "halla", "kuura", "tuisku", "routa", "usva", "aava", "lampi", "korpi", "rautu", "saana",
    "halti", "pallas", "luosto", "olos", "yllas", "levi",
];

pub(crate) const BLOG: [&str; 14] = [
    "/blog/winter-camping-checklist",
    "/blog/how-to-choose-a-tent",
    "/blog/sleeping-bag-temperatures-explained",
    "/blog/first-overnight-hike",
    "/blog/layering-for-cold-weather",
    "/blog/breaking-in-hiking-boots",
    "/blog/kungsleden-in-five-days",
    "/blog/karhunkierros-packing-list",
    "/blog/backcountry-skiing-for-beginners",
    "/blog/stove-fuels-compared",
    "/blog/care-of-down-jackets",
    "/blog/northern-lights-where-and-when",
    "/blog/everyman-rights",
    "/blog/hammock-or-tent",
];

/// A product by its place in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Product {
    category: usize,
    model: usize,
}

impl Product {
    pub(crate) fn path(self) -> String {
        format!("/product/{}-{}", CATEGORIES[self.category].noun, MODELS[self.model])
    }

    pub(crate) fn name(self) -> String {
        format!("{}-{}", CATEGORIES[self.category].noun, MODELS[self.model])
    }

    pub(crate) fn category(self) -> &'static str {
        CATEGORIES[self.category].slug
    }

    /// Price in cents; it ends in 90.
    pub(crate) fn price_cents(self) -> i64 {
        let factor = 0.55 + 0.06 * self.model as f64;
        let euros = (CATEGORIES[self.category].price * factor).round() as i64;
        euros * 100 - 10
    }
}

pub(crate) fn categories() -> &'static [Category] {
    &CATEGORIES
}

/// How many look for a category in a month, 1 to 12.
pub(crate) fn demand(category: &Category, month: i8) -> f64 {
    let season = match (category.demand, month) {
        (Demand::AllYear, _) => 1.0,
        (Demand::Summer, 5..=8) | (Demand::Winter, 10..=12 | 1) => 1.5,
        (Demand::Summer, 4 | 9) | (Demand::Winter, 2 | 3 | 9) => 1.0,
        (Demand::Summer | Demand::Winter, _) => 0.45,
    };
    category.weight * season
}

/// A product of a category; `popularity` in [0, 1), where low numbers are the well known models.
pub(crate) fn product(category: usize, popularity: f64) -> Product {
    let model = (popularity.powf(1.8) * MODELS.len() as f64) as usize;
    Product { category, model: (model + category * 5) % MODELS.len() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn about_two_hundred_products_have_addresses_of_their_own() {
        let paths: BTreeSet<_> = (0..CATEGORIES.len())
            .flat_map(|category| {
                (0..MODELS.len()).map(move |model| Product { category, model }.path())
            })
            .collect();
        assert_eq!(paths.len(), 208);
        assert!(paths.contains("/product/tent-halla"));
    }

    #[test]
    fn skis_are_wanted_in_winter_and_tents_in_summer() {
        let by_slug = |slug| CATEGORIES.iter().find(|found| found.slug == slug).unwrap();
        assert!(demand(by_slug("skis"), 1) > demand(by_slug("skis"), 6));
        assert!(demand(by_slug("tents"), 6) > demand(by_slug("tents"), 1));
    }
}
