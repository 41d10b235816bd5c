export default {
  dimension: {
    "visit:last_non_direct_channel": "Viimeinen muu kuin suora kanava",
    "visit:last_non_direct_source": "Viimeinen muu kuin suora lähde",
    "visit:last_non_direct_medium": "Viimeinen muu kuin suora media",
    "visit:last_non_direct_campaign": "Viimeinen muu kuin suora kampanja",
    "visit:first_user_channel": "Kävijän ensimmäinen kanava",
    "visit:first_user_source": "Kävijän ensimmäinen lähde",
    "visit:first_user_medium": "Kävijän ensimmäinen media",
    "visit:first_user_campaign": "Kävijän ensimmäinen kampanja",
  },
  screens: {
    scope: {
      label: "Mikä käynti",
      visit: "Tämä käynti",
      last_non_direct: "Viimeinen ei-suora",
      first_user: "Ensimmäinen käynti",
    },
    meaning: {
      last_non_direct:
        "Käynti, jota mikään ei tuonut (suora, ei mitään), saa lähteekseen saman kävijän viimeisimmän lähteellisen käynnin lähteen enintään 90 päivän takaa; ellei sellaista ole, se pysyy suorana. Kävijä tunnetaan niin kauan kuin hänen tunnuksensa kestää: ilman evästeitä ja tunnuksia se on yksi päivä, joten vain vähän löytyy.",
      first_user:
        "Jokaisella käynnillä on saman kävijän ensimmäisen tallella olevan käynnin lähde, olipa siitä kuinka kauan tahansa. Kävijä tunnetaan niin kauan kuin hänen tunnuksensa kestää: ilman evästeitä ja tunnuksia se on yksi päivä, joten joka päivä alkaa alusta.",
    },
  },
};
