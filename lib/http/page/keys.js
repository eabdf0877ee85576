// The keys of the page. Those of the list (list.js) hold also where nothing else has the focus; a key that is typed into a field
// stays there.

import { byId } from './dom.js';

export function handleKeys({ list, detail, filters, close }) {
  const help = byId('keys');
  const toggleTheme = () => dispatchEvent(new Event('toggletheme'));
  byId('keys-button').addEventListener('click', () => help.showModal());
  byId('theme-button').addEventListener('click', toggleTheme);

  addEventListener('keydown', (key) => {
    if (key.ctrlKey || key.altKey || key.metaKey || help.open || key.defaultPrevented) return;
    const target = key.target;
    const isTyping = target.matches?.('input, select, textarea');
    if (key.key === 'Escape') {
      if (isTyping) list.focus();
      else if (detail.isOpen) close();
      else return;
    } else if (isTyping) {
      return;
    } else if (key.key === '/') {
      filters.focusText();
    } else if (key.key === '?') {
      help.showModal();
    } else if (key.key === 't') {
      toggleTheme();
    } else if ((target === document.body || /^[jk]$/.test(key.key)) && list.key(key)) {
      list.focus();
    } else {
      return;
    }
    key.preventDefault();
  });
}
