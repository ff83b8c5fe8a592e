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
  read: key => localStorage.getItem(key),
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
};
