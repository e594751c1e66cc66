import { HighlightStyle } from "@codemirror/language";
import { tags } from "@lezer/highlight";

export const darkHighlight = HighlightStyle.define([
  { tag: tags.propertyName, color: "#8ec7ff" },
  { tag: tags.string, color: "#9be0b7" },
  { tag: tags.number, color: "#f2c06b" },
  { tag: [tags.bool, tags.null, tags.keyword], color: "#d7a6ff" },
  { tag: tags.punctuation, color: "#95a2b3" },
]);
