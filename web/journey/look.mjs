import { AxeBuilder } from '@axe-core/playwright';

const THEMES = ['light', 'dark'];
const WIDTHS = [
  [1280, 800],
  [390, 844],
];

/** Takes pictures of a page in every theme and width, and checks each for accessibility. */
export class Look {
  problems = [];

  constructor(page, out) {
    this.page = page;
    this.out = out;
    page.on('pageerror', (error) => this.problems.push(`script error at ${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // Refused requests are part of some steps; a broken policy or script is not.
      if (message.type() === 'error' && /content security policy|uncaught/i.test(message.text())) {
        this.problems.push(`console at ${page.url()}: ${message.text()}`);
      }
    });
  }

  /** The same for another page; what it finds is told with the rest. */
  of(page) {
    const other = new Look(page, this.out);
    other.problems = this.problems;
    return other;
  }

  /** `widths` leaves out those where there is nothing to see. */
  async take(name, { widths } = {}) {
    const before = this.page.viewportSize();
    for (const theme of THEMES) {
      await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const [width, height] of WIDTHS) {
        if (widths && !widths.includes(width)) continue;
        await this.page.setViewportSize({ width, height });
        await this.page.waitForTimeout(150);
        // On a busy machine colours may still be on their way to the other theme.
        await this.page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity));
        await this.page.screenshot({ path: `${this.out}/${name}-${theme}-${width}.png` });
        await this.check(`${name}, ${theme}, ${width} px`);
      }
    }
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await this.page.setViewportSize(before);
  }

  async check(name) {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1);
    if (wide) this.problems.push(`${name}: the page is wider than the window`);
    // What is out of sight keeps the colours of the theme before until somebody scrolls there.
    // An adopted sheet is the script's own: a page whose policy refuses styles takes it, too.
    await this.page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('* { content-visibility: visible !important }');
      document.adoptedStyleSheets.push(sheet);
    });
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    await this.page.evaluate(() => void document.adoptedStyleSheets.pop());
    for (const { id, nodes } of violations) {
      this.problems.push(`${name}: axe ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
    }
  }

  async settings() {
    for (const name of ['models', 'prices', 'tools', 'secrets', 'environment', 'members', 'keys', 'profile', 'appearance', 'system']) {
      await this.page.goto(`/settings/${name}`);
      await this.page.getByRole('heading', { level: 2 }).first().waitFor();
      await this.take(`settings-${name}`);
    }
  }
}
