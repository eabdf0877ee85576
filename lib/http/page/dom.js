// Elements made by script. Text, also that of events, becomes text nodes and never markup.

// make(name, attributes, ...children): children are elements, or values that become text; null and undefined are left out.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  add(element, ...children);
  return element;
}

export function add(element, ...children) {
  for (const child of children.flat())
    if (child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
}

export const byId = (id) => document.getElementById(id);

// onward(uri, text): a link to another place if the URI is an http or https one, or else the text, with the URI.
export function onward(uri, text = uri) {
  let url;
  try {
    url = new URL(uri);
  } catch {
    url = null;
  }
  if (url && (url.protocol === 'https:' || url.protocol === 'http:'))
    return make('a', { href: url.href, rel: 'noopener noreferrer', target: '_blank' }, text);
  return make('span', {}, text === uri ? uri : `${text} (${uri})`);
}

// inner(fragment, text): a link within this page.
export const inner = (fragment, text) => make('a', { href: `#${fragment}` }, text);
