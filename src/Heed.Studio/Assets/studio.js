// What the pages need of the browser and Blazor does not bring: cookies, storage, clipboard, focus, keys.
window.heedStudio = {
  isSystemDark: () => matchMedia("(prefers-color-scheme: dark)").matches,
  keep: (name, text, language) => {
    document.cookie = `${name}=${text}; path=/; max-age=31536000; samesite=strict`;
    document.documentElement.lang = language;
  },
  // The pages answer from here on: tests and screen readers may rely on it.
  ready: () => { document.body.dataset.ready = "true"; },
  focus: id => document.getElementById(id)?.focus(),
  // What is longer was not written here, and would be too much for one message.
  read: key => { try { const text = localStorage.getItem(key); return text && text.length > 250000 ? null : text; } catch { return null; } },
  remove: key => { try { localStorage.removeItem(key); return true; } catch { return false; } },
  // A part of the page, for the eye and for the keyboard.
  show: id => {
    const part = document.getElementById(id);
    part?.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    part?.focus({ preventScroll: true });
  },
  // What is seen stands in the address, without a way back through every letter that was typed.
  address: url => history.replaceState(history.state, "", url),
  write: (key, text) => { try { localStorage.setItem(key, text); return true; } catch { return false; } },
  copy: text => navigator.clipboard?.writeText(text).then(() => true, () => false) ?? Promise.resolve(false),
  toEnd: id => { const box = document.getElementById(id); if (box) box.scrollTop = box.scrollHeight; },
  // Enter presses a button; Shift+Enter is a new line. While an input method composes (Chinese), Enter belongs to it.
  enterPresses: (id, button) => {
    const box = document.getElementById(id);
    if (!box || box.dataset.enter) return;
    box.dataset.enter = button;
    box.addEventListener("keydown", e => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      box.dispatchEvent(new Event("change", { bubbles: true }));
      document.getElementById(button)?.click();
    });
  },
  // A box that grows stays at its end, if the reader is there.
  follow: id => {
    const box = document.getElementById(id);
    if (!box || box.dataset.follows) return;
    box.dataset.follows = "true";
    let atEnd = true;
    box.addEventListener("scroll", () => { atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 48; });
    new MutationObserver(() => { if (atEnd) box.scrollTop = box.scrollHeight; }).observe(box, { childList: true, subtree: true, characterData: true });
  },
  // Arrows, Enter, Tab and Escape in a box with suggestions: they are the page's where they choose one, else the box's own and no concern of the page.
  suggests: id => {
    const box = document.getElementById(id);
    if (!box || box.dataset.suggests) return;
    box.dataset.suggests = "true";
    box.addEventListener("keydown", e => {
      const chosen = box.getAttribute("aria-activedescendant");
      const atEnd = box.selectionStart === box.value.length;
      const own = !e.isComposing && !e.altKey && !e.ctrlKey && (e.key === "ArrowDown" && (chosen || atEnd) || chosen && (["ArrowUp", "Tab", "Escape"].includes(e.key) && !(e.key === "Tab" && e.shiftKey) || e.key === "Enter" && !e.shiftKey));
      if (own) e.preventDefault(); else e.stopPropagation();
      if (own && e.key === "Escape") box.removeAttribute("aria-activedescendant"); // at once: the next Enter is a new line
    });
  },
};

// Escape presses what says so: the button that stops an answer, or closes a panel.
document.addEventListener("keydown", e => { if (e.key === "Escape" && !e.isComposing) document.querySelector("[data-escape]")?.click(); });
