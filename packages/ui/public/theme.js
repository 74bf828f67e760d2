// Before the first paint: the theme that was chosen here, if it is not the system's.
(() => {
  try {
    const theme = localStorage.getItem("rejoin.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Without storage there is the system's theme.
  }
})();
