import { json } from "@codemirror/lang-json";
import { bracketMatching, defaultHighlightStyle, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { defaultKeymap } from "@codemirror/commands";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { darkHighlight } from "./codeTheme";

interface Props {
  value: string;
  json: boolean;
  label: string;
  onChange?: (value: string) => void;
}

/** CodeMirror, read-only unless onChange is given. What it shows is always text, never markup. */
export default function CodeView({ value, json: isJson, label, onChange }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const change = useRef(onChange);
  change.current = onChange;
  const start = useRef(value);
  start.current = value;
  const dark = useComputedColorScheme("light", { getInitialValueInEffect: false }) === "dark";
  const editable = onChange !== undefined;

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: start.current,
        extensions: [
          lineNumbers(),
          foldGutter(),
          highlightSpecialChars(),
          bracketMatching(),
          syntaxHighlighting(dark ? darkHighlight : defaultHighlightStyle),
          highlightSelectionMatches(),
          search({ top: true }),
          keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorState.readOnly.of(!editable),
          EditorView.theme({ "&": { maxHeight: "460px" }, ".cm-scroller": { overflow: "auto" } }, { dark }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change.current?.(update.state.doc.toString());
          }),
          ...(isJson ? [json()] : []),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [dark, isJson, label, editable]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return <div ref={host} className="viewer" />;
}
