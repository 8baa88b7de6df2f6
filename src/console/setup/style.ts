/** The stylesheet of the set-up pages. Contrast of text is at least 7:1 in both schemes. */
export const style = `:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e9edf1);
  --page: light-dark(#ffffff, #14181c);
  --quiet: light-dark(#4a525b, #b7c0c9);
  --line: light-dark(#767f89, #7f8a95);
  --accent: light-dark(#0b4f8a, #8cc8ff);
  --on-accent: light-dark(#ffffff, #0b1b2a);
  --error: light-dark(#96131c, #ffb1b1);
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--page); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.3; }
a { color: var(--accent); }
label { display: block; font-weight: 600; }
input {
  width: 100%; max-width: 26rem; padding: 0.55rem 0.7rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px;
}
button {
  padding: 0.6rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 6px;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hint, .error { display: block; }
.hint { color: var(--quiet); }
.error { color: var(--error); font-weight: 600; }
[aria-invalid] { border-color: var(--error); border-width: 2px; }
pre { padding: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre code { overflow-wrap: normal; }
`;
