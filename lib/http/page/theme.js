// Dark or light: as the system prefers, or as it was chosen here. This runs before the page is drawn, and so is no module.
(() => {
  const key = 'theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is forbidden
    }
  };
  const current = () => chosen() ?? (system.matches ? 'dark' : 'light');
  const apply = () => {
    document.documentElement.dataset.theme = current();
    dispatchEvent(new Event('themechange'));
  };
  system.addEventListener('change', apply);
  apply();

  addEventListener('toggletheme', () => {
    const other = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(key, other);
    } catch {
      // then it holds until the page is left
    }
    document.documentElement.dataset.theme = other;
    dispatchEvent(new Event('themechange'));
  });
})();
