"""The words of generated graphs: Pinterest's 32 board categories, what people write about each, and names.

The category names are those that Pinterest offered for years, in alphabetical order; the three neighbours of a
category (the ones an owner picks by mistake) and all words are ours. Category words are plain ASCII, since links
are built from them; openings and endings of descriptions are in several scripts, because real ones are.
"""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_CATEGORY_WORDS = {
    "animals": "puppy kitten horse owl fox rabbit elephant hedgehog parrot dolphin panda penguin wolf tiger pony "
    "hamster turtle giraffe otter squirrel deer labrador bulldog whiskers paws",
    "architecture": "facade skyscraper cathedral staircase atrium pavilion concrete glass bridge tower villa loft "
    "dome arch brick balcony museum courtyard brutalism bauhaus column vault skyline rooftop chapel",
    "art": "painting watercolor canvas sculpture sketch acrylic portrait mural gouache abstract collage gallery "
    "impressionism brush palette pastel charcoal etching fresco ceramics linocut oil easel mosaic pigment",
    "cars_motorcycles": "roadster coupe engine chopper mustang convertible exhaust garage wheels turbo supercar "
    "racing motorcycle scooter dashboard sedan pickup chrome hotrod gearbox hatchback limousine bumper tires diesel",
    "celebrities": "actress singer redcarpet premiere paparazzi star idol award interview hollywood fame model "
    "rapper gala celebrity autograph glamour magazine duchess prince popstar heartthrob icon gossip oscars",
    "design": "typography logo branding layout poster packaging grid font letterhead identity minimal vector color "
    "interface wireframe mockup pattern brochure monogram stationery signage lettering palette icons prototype",
    "diy_crafts": "crochet knitting yarn origami macrame sewing embroidery glue felt scrapbook pompom quilt beads "
    "stencil decoupage upcycled pallet jars candles soap buttons fabric wreath ribbon papercraft",
    "education": "classroom worksheet teacher phonics lesson spelling reading homework kindergarten math alphabet "
    "grammar flashcards literacy student science whiteboard curriculum vocabulary school homeschool fractions rubric "
    "essay library",
    "film_music_books": "movie novel album vinyl director concert guitar bookshelf soundtrack trailer author chapter "
    "trilogy festival lyrics cinema playlist piano classic thriller orchestra screenplay paperback band sequel",
    "food_drink": "recipes cake chocolate pasta salad soup cookies smoothie cocktail bread chicken cheesecake curry "
    "pancakes muffins tacos pizza coffee lemonade casserole dessert garlic vegan breakfast dinner",
    "gardening": "roses tomatoes seeds compost herbs greenhouse perennials succulents lawn pruning tulips orchid "
    "hydrangea mulch trellis planter soil lavender shrubs raisedbeds watering bulbs ferns fence patio",
    "geek": "comics cosplay superhero starship wizard gamer lightsaber robot anime manga console dragon fandom "
    "hobbit tardis vader batman zelda pokemon arcade dungeon dice nerd spaceship marvel",
    "hair_beauty": "braid makeup lipstick manicure eyeliner bun curls nails mascara updo highlights skincare "
    "ponytail foundation eyeshadow bangs balayage blush haircut ombre pixie polish perfume lashes contour",
    "health_fitness": "yoga workout abs running squats cardio stretching pilates protein detox plank gym weights "
    "marathon calories wellness meditation cleanse burpees lunges kettlebell posture vitamins sleep hydration",
    "history": "castle medieval empire pharaoh viking knight ancient ruins war archive manuscript victorian dynasty "
    "pyramid roman armor revolution monarch battle artifact colony treaty samurai suffragette telegraph",
    "holidays_events": "christmas halloween easter pumpkin ornaments thanksgiving fireworks costume valentine "
    "birthday stocking party balloons turkey gingerbread eggs santa confetti hanukkah cards lights tree newyear "
    "parade carnival",
    "home_decor": "sofa kitchen bedroom rug curtains lamp shelves bathroom cushions fireplace wallpaper mirror "
    "livingroom chandelier bookcase tiles headboard nursery farmhouse pantry closet countertop dresser hallway vase",
    "humor": "joke meme funny sarcasm prank pun laugh cartoon silly grumpy awkward comedy fail irony giggle hilarious "
    "parody nonsense banter wit sitcom comeback troll punchline doodle",
    "illustrations_posters": "illustration poster ink drawing screenprint character storybook letterpress engraving "
    "woodcut lithograph comic vintage print propaganda flyer caricature linework travelposter bookcover gigposter "
    "risograph stamp silkscreen inkwash",
    "kids": "toddler baby toys playdough nursery crayons puzzle playground bedtime stroller lego dollhouse daycare "
    "newborn diaper teddy finger-painting sandbox blocks babyshower pacifier onesie snack bubbles sensory",
    "mens_fashion": "suit necktie blazer beard cufflinks oxford chinos waistcoat tuxedo loafers pocketsquare "
    "brogues trenchcoat tweed bowtie denim watch peacoat gentleman barber tailor cardigan boots fedora suspenders",
    "outdoors": "camping hiking tent trail campfire fishing kayak backpack canoe hammock forest climbing mountain "
    "lake survival hunting bonfire compass paddle waterfall cabin ranger canyon headlamp wilderness",
    "photography": "lens camera portrait bokeh exposure blackandwhite landscape macro aperture tripod shutter sunset "
    "silhouette film polaroid lighting studio negative darkroom longexposure composition flash golden-hour reflection "
    "panorama",
    "products": "gadget gift backpack mug headphones wallet bottle lamp organizer keychain speaker notebook case "
    "umbrella toolkit charger thermos subscription bundle knife toaster blender watch pillow luggage",
    "quotes": "quote inspiration wisdom motivation words love life poem verse dreams courage happiness strength "
    "proverb truth believe hope mantra grateful kindness faith patience success heartbreak sayings",
    "science_nature": "galaxy nebula planet volcano aurora crystal jellyfish fossil butterfly ocean telescope atoms "
    "biology chemistry coral lightning moon dinosaur mushroom physics glacier microscope mineral comet species",
    "sports": "football soccer basketball baseball hockey tennis golf surfing skiing gymnastics swimming stadium "
    "coach olympics snowboard cycling volleyball boxing rugby goal league trophy quarterback skateboard cheerleading",
    "tattoos": "tattoo ink sleeve mandala tribal piercing henna anchor feather wrist ankle dotwork script rose skull "
    "swallow geometric shoulder ribcage tattooist needle blackwork watercolor compass koi",
    "technology": "smartphone laptop app software tablet android keyboard coding website blog seo server drone "
    "printer wearable startup internet gaming processor battery router screen algorithm podcast cybersecurity",
    "travel": "beach paris italy island hotel passport roadtrip santorini london temple bali flight itinerary "
    "backpacking tokyo safari resort cruise venice iceland souvenir airport hostel lagoon morocco",
    "weddings": "bride bouquet veil bridesmaids ring invitation centerpiece groom reception ceremony lace engagement "
    "boutonniere gown vows honeymoon aisle toast tiara garter rustic favors flowergirl officiant guestbook",
    "womens_fashion": "dress skirt heels handbag blouse scarf jumpsuit cardigan earrings sandals leggings necklace "
    "sweater boots lingerie maxi romper clutch kimono denim sunglasses bracelet stilettos bikini poncho",
}

CATEGORIES = tuple(_CATEGORY_WORDS)
"""The 32 board categories, in alphabetical order; a category's number is its place here."""

WORDS = tuple(tuple(words.split()) for words in _CATEGORY_WORDS.values())
"""What people write about each category: 25 words each, in the order of `CATEGORIES`."""

_NEIGHBOURS = {
    "animals": "science_nature kids photography",
    "architecture": "home_decor design history",
    "art": "illustrations_posters design photography",
    "cars_motorcycles": "technology sports products",
    "celebrities": "film_music_books womens_fashion hair_beauty",
    "design": "art illustrations_posters architecture",
    "diy_crafts": "home_decor kids holidays_events",
    "education": "kids science_nature history",
    "film_music_books": "celebrities geek quotes",
    "food_drink": "health_fitness holidays_events gardening",
    "gardening": "outdoors home_decor diy_crafts",
    "geek": "technology film_music_books humor",
    "hair_beauty": "womens_fashion weddings celebrities",
    "health_fitness": "sports food_drink hair_beauty",
    "history": "education architecture travel",
    "holidays_events": "diy_crafts food_drink weddings",
    "home_decor": "architecture diy_crafts products",
    "humor": "quotes geek celebrities",
    "illustrations_posters": "art design tattoos",
    "kids": "education diy_crafts animals",
    "mens_fashion": "womens_fashion products sports",
    "outdoors": "travel sports science_nature",
    "photography": "art travel animals",
    "products": "technology home_decor womens_fashion",
    "quotes": "humor film_music_books education",
    "science_nature": "animals outdoors education",
    "sports": "health_fitness outdoors mens_fashion",
    "tattoos": "illustrations_posters art hair_beauty",
    "technology": "geek products science_nature",
    "travel": "outdoors photography architecture",
    "weddings": "womens_fashion hair_beauty holidays_events",
    "womens_fashion": "hair_beauty mens_fashion weddings",
}

NEIGHBOURS = tuple(tuple(CATEGORIES.index(near) for near in _NEIGHBOURS[name].split()) for name in CATEGORIES)
"""The numbers of the three categories that owners confuse with each category."""

OPENINGS = _listed(
    "Easy, Best, Lovely, Simple, My favourite, So pretty:, Love this, Perfect, Beautiful, DIY, 10 tips:, "
    "Amazing, Très jolie, Inspiración:, Wunderschöne, Cozy, Modern, Vintage, Homemade, Must-see, Old, かわいい, "
    "Unique, Quick"
)
"""How a description may begin."""

LINKING_WORDS = ("and", "with", "for", "or", "without", "from", "near", "&")
"""What stands between two words of a description."""

ENDINGS = _listed(
    "ideas, to try, for the weekend, inspiration, für später, at home, this summer, for beginners, ❤, so cute!, "
    "in white, on a budget, para mi casa, step by step, tutorial, from my blog, with friends, for winter, "
    "à faire, ..."
)
"""How a description may end."""

BOARD_OPENINGS = _listed(
    "My, Summer, Dream, Favorite, Winter, Little, Easy, Pretty, Cool, Vintage, The Best, Modern, Spring, Autumn, "
    "Family, Weekend, Tiny, Perfect, Secret, Everyday"
)
"""How a board's name begins."""

BOARD_ENDINGS = ("Ideas", "Inspiration", "I Love", "to Try", "Wishlist", "& More", "2.0", "for Me")
"""How a board's name may end."""

FIRST_NAMES = _listed(
    "anna, ben, carla, david, emma, felix, grace, hugo, ines, jack, katie, liam, maria, noah, olivia, paul, "
    "quinn, rosa, sam, tina, uma, victor, wendy, xenia, yuki, zoe, amelie, bruno, chloe, diego, elena, fatima, "
    "george, hannah, ivan, julia, kofi, lucia, mateo, nadia, oscar, priya, raj, sofia, tom, valeria"
)
"""How a username begins."""

COUNTRY_WEIGHTS = {
    "US": 36, "BR": 9, "MX": 7, "DE": 6, "FR": 6, "GB": 6, "CA": 4, "IT": 4, "ES": 3, "AR": 3, "CO": 3, "IN": 2,
    "AU": 2, "NL": 2, "PL": 2, "JP": 2, "ID": 1, "PH": 1, "SE": 1,
}  # fmt: skip
"""Where users live: ISO 3166 codes and their weights, roughly Pinterest's audience."""

DOMAINS = tuple(
    f"{first}{second}.example"  # a top-level domain that nobody can own: no link leads to a real page
    for first in _listed(
        "sunny, little, green, happy, honey, urban, wild, cozy, modern, nordic, olive, copper, maple, velvet, "
        "golden, paper, salty, sweet, quiet, bright, blue, twin, lazy, clever, old"
    )
    for second in _listed(
        "kitchen, home, studio, garden, blog, shop, house, journal, corner, market, daily, world, life, book, "
        "table, closet, press, lab, nest, barn, trail, craft, school, club, notes"
    )
)
"""The sites that pins may link to; each graph draws its own popular ones."""

TRACKING = (
    "?utm_source=pinterest",
    "?utm_source=pinterest&utm_medium=social",
    "?utm_campaign=spring&utm_source=newsletter",
    "?utm_source=facebook&utm_content=share",
)
"""What sharing buttons add to a link; the page stays the same."""
