/**
 * GraphiQL's tabs are items of a list that have buttons in them, but call themselves tabs, in which there must not be any:
 * screen readers do not get at those buttons. Here they become what they are, and the button of the one that is shown says
 * so. It goes on for as long as there is the element; what is returned ends it.
 */
export function mendTabs(root: HTMLElement): () => void {
  const mend = () => {
    root.querySelector("ul[role=tablist]")?.removeAttribute("role");
    for (const tab of root.querySelectorAll("li[role=tab], li[aria-selected]")) {
      const shown = tab.getAttribute("aria-selected");
      tab.removeAttribute("role");
      tab.removeAttribute("aria-selected");
      if (shown !== null) tab.querySelector("button")?.setAttribute("aria-current", shown);
    }
  };
  mend();
  const observer = new MutationObserver(mend);
  observer.observe(root, { subtree: true, childList: true, attributeFilter: ["role", "aria-selected"] });
  return () => observer.disconnect();
}
