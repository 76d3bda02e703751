/* Headwater: shows a shared page on another site. See docs/guides/share-a-flow.md of Headwater.
 *
 * <script src="https://HOST/embed.js" data-share="TOKEN" async></script>
 *
 * data-label     what the button says to those who cannot see it, "Chat" unless told
 * data-position  "right" (the default) or "left"
 * data-colour    of the button, #rrggbb
 * data-open      "true" to begin open
 * data-target    a selector: the page stands in that element instead, without a button
 * data-height    of the page in that element, "600px" unless told
 */
(function () {
  'use strict';
  var script = document.currentScript;
  if (!script || !script.src) return;
  var option = function (name, otherwise) {
    return script.getAttribute('data-' + name) || otherwise;
  };
  var token = option('share', '');
  if (!/^[\w-]{8,100}$/.test(token)) {
    console.error('Headwater: data-share must be the token of a share, the last part of its link.');
    return;
  }
  var label = option('label', 'Chat');
  var home = new URL('.', script.src);

  function frameFor(how) {
    var frame = document.createElement('iframe');
    frame.src = new URL('s/' + token + '?embed=' + how, home).href;
    frame.title = label;
    frame.allow = 'clipboard-write';
    frame.referrerPolicy = 'no-referrer';
    return frame;
  }

  function inline(selector) {
    var place = document.querySelector(selector);
    if (!place) {
      console.error('Headwater: nothing on this page matches ' + selector + '.');
      return;
    }
    var frame = frameFor('inline');
    var style = frame.style;
    style.display = 'block';
    style.width = '100%';
    style.height = option('height', '600px');
    style.border = '0';
    place.appendChild(frame);
  }

  /** White or black, whichever can be read on a colour. */
  function inkOn(colour) {
    var light = [1, 3, 5].map(function (at) {
      var part = parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.18 ? '#000000' : '#ffffff';
  }

  function styles() {
    var colour = option('colour', '');
    if (!/^#[0-9a-f]{6}$/i.test(colour)) colour = '#1f5fc4';
    var side = option('position', 'right') === 'left' ? 'left' : 'right';
    return (
      ':host{all:initial}' +
      'button{position:fixed;bottom:16px;' + side + ':16px;z-index:2147483646;width:56px;height:56px;padding:0;border:0;' +
      'border-radius:50%;cursor:pointer;background:' + colour + ';color:' + inkOn(colour) + ';box-shadow:0 4px 16px rgba(0,0,0,.25)}' +
      'button:focus-visible{outline:3px solid ' + colour + ';outline-offset:3px}' +
      'svg{display:block;margin:auto}' +
      'div{position:fixed;bottom:84px;' + side + ':16px;z-index:2147483647;width:min(400px,calc(100vw - 32px));' +
      'height:min(640px,calc(100vh - 104px));border:1px solid rgba(128,128,128,.4);border-radius:12px;overflow:hidden;' +
      'background:Canvas;box-shadow:0 8px 32px rgba(0,0,0,.25)}' +
      'div[hidden]{display:none}' +
      'iframe{display:block;width:100%;height:100%;border:0}' +
      '@media (max-width:480px){div{inset:0;width:100%;height:100%;border:0;border-radius:0}}'
    );
  }

  var SPEECH = 'M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z';
  var CROSS = 'M6 6l12 12M18 6L6 18';

  function picture() {
    var space = 'http://www.w3.org/2000/svg';
    var svg = document.createElementNS(space, 'svg');
    var path = document.createElementNS(space, 'path');
    var set = { width: 26, height: 26, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
    for (var name in set) svg.setAttribute(name, set[name]);
    svg.appendChild(path);
    return { svg: svg, path: path };
  }

  function corner() {
    var host = document.createElement('headwater-share');
    var root = host.attachShadow({ mode: 'open' });
    // Made by script, so a site that forbids inline styles has nothing to allow.
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(styles());
    root.adoptedStyleSheets = [sheet];
    var panel = document.createElement('div');
    panel.id = 'panel';
    panel.hidden = true;
    panel.setAttribute('role', 'dialog');
    panel.setAttribute('aria-label', label);
    var button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-controls', 'panel');
    button.setAttribute('aria-label', label);
    var drawn = picture();
    button.appendChild(drawn.svg);
    root.append(panel, button);
    var frame = null;

    function show(open, focused) {
      if (open && !frame) {
        // Nothing of the page is fetched before somebody wants it.
        frame = frameFor('1');
        panel.appendChild(frame);
      }
      panel.hidden = !open;
      button.setAttribute('aria-expanded', String(open));
      drawn.path.setAttribute('d', open ? CROSS : SPEECH);
      if (!focused) return;
      if (open) frame.focus();
      else button.focus();
    }
    button.addEventListener('click', function () {
      show(panel.hidden, true);
    });
    root.addEventListener('keydown', function (event) {
      if (event.key === 'Escape' && !panel.hidden) show(false, true);
    });
    window.addEventListener('message', function (event) {
      // The page in the frame cannot close it by itself; it says one word and is believed no other.
      if (!frame || event.source !== frame.contentWindow || event.origin !== home.origin) return;
      if (event.data === 'headwater:close') show(false, true);
    });
    show(option('open', '') === 'true', false);
    document.body.appendChild(host);
  }

  function begin() {
    var target = option('target', '');
    if (target) inline(target);
    else corner();
  }
  if (document.body && document.readyState !== 'loading') begin();
  else document.addEventListener('DOMContentLoaded', begin);
})();
