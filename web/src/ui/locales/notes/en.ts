export default {
  edit: "Change the note {{text}}",
  change: "Change a note",
  until: "Last day",
  untilHint: "Leave it empty for a single day.",
  cause: "These days are not as usual, and we know why",
  causeHint: "Nothing is learned from them, and their figures raise no alarm.",
  known: "known cause",
  days: "{{from}} – {{to}}",
};
