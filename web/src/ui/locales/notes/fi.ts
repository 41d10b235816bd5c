export default {
  edit: "Muuta merkintää {{text}}",
  change: "Muuta merkintää",
  until: "Viimeinen päivä",
  untilHint: "Jätä tyhjäksi, jos päiviä on yksi.",
  cause: "Nämä päivät poikkeavat tavallisesta, ja syy tiedetään",
  causeHint: "Niistä ei opita mitään, eivätkä niiden luvut hälytä.",
  known: "tunnettu syy",
  days: "{{from}} – {{to}}",
};
