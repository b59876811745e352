// Walks a new server in a real browser, as its owner would: set-up, the brand's page, sign-in, the page that asks whom to act as.
//   node walk.mjs SETUP_LINK FOLDER_FOR_PICTURES CHROMIUM
// Prints what it saw as one JSON object; anything unexpected is an error with its picture.
import { chromium } from 'playwright-core';

const [, , setup, folder, executablePath] = process.argv;
const base = new URL(setup).origin;
const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const seen = { refused: [] };

const context = await browser.newContext({ viewport: sizes.desk, locale: 'en-GB' });
const page = await context.newPage();
// A strict policy for scripts and styles shows in the console when a page breaks it.
page.on('console', (line) => { if (line.type() === 'error') seen.refused.push(`${page.url()}: ${line.text()}`); });
page.on('pageerror', (error) => seen.refused.push(`${page.url()}: ${error}`));

const picture = async (name) => {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 1) throw new Error(`${name} is ${overflow} pixels too wide at ${viewport.width}`);
  }
  await page.setViewportSize(sizes.desk);
};

// Set-up: refused first, with what was typed kept, then accepted.
await page.goto(setup);
await picture('setup');
await page.check('input[name=mode][value=trial]');
await page.fill('[name=username]', 'ann');
await page.fill('[name=email]', 'ann@example.org');
await page.fill('[name=password]', 'short');
await page.fill('[name=brand_name]', 'Harbour Bakery');
await page.fill('[name=brand_handle]', 'harbour');
await page.evaluate(() => document.querySelectorAll('form').forEach((form) => { form.noValidate = true; }));
await page.click('main form button[type=submit]');
seen.kept = await page.inputValue('[name=email]');
seen.said = await page.locator('[aria-invalid=true]').count();
await picture('setup-refused');
await page.fill('[name=password]', 'correct horse battery');
await page.check('input[name=mode][value=trial]');
await page.click('main form button[type=submit]');
await page.waitForURL(/@harbour/);
seen.brand_page = page.url();
seen.brand_text = await page.locator('main').innerText();
await picture('brand-new');

// The link worked once.
const again = await page.request.get(setup);
seen.link_again = again.status();

// Sign out, sign in wrongly, sign in.
await page.goto(`${base}/settings/security`);
await picture('security');
await context.clearCookies();
await page.goto(`${base}/settings/security`);
seen.sign_in_page = new URL(page.url()).pathname;
await picture('sign-in');
await page.fill('[name=login]', 'ann');
await page.fill('[name=password]', 'wrong horse battery');
await page.click('main form button[type=submit]');
seen.wrong_password = await page.locator('main').innerText();
await page.fill('[name=login]', 'ann@example.org');
await page.fill('[name=password]', 'correct horse battery');
await page.click('main form button[type=submit]');
await page.waitForURL(/settings\/security/);

// An app asks; the page says whom one can act as; the code is shown; the token acts as the brand.
const app = await (await page.request.post(`${base}/api/v1/apps`, { data: { client_name: 'Pocket', redirect_uris: 'urn:ietf:wg:oauth:2.0:oob', scopes: 'read write' } })).json();
const ask = new URLSearchParams({ client_id: app.client_id, redirect_uri: 'urn:ietf:wg:oauth:2.0:oob', response_type: 'code', scope: 'read write' });
await page.goto(`${base}/oauth/authorize/?${ask}`);
seen.choices = await page.locator('input[name=account]').count();
seen.authorize_text = await page.locator('main').innerText();
await picture('authorize');
await page.locator('label', { hasText: 'Harbour Bakery' }).first().click();
await page.click('button[name=decision][value=allow]');
await page.waitForURL(/native/);
await picture('code');
const code = new URL(page.url()).searchParams.get('code');
const token = await (await page.request.post(`${base}/oauth/token`, { data: { grant_type: 'authorization_code', code, client_id: app.client_id, client_secret: app.client_secret, redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' } })).json();
const headers = { Authorization: `Bearer ${token.access_token}` };
seen.acts_as = (await (await page.request.get(`${base}/api/v1/accounts/verify_credentials`, { headers })).json()).username;

// Posts, and the public pages without script and in the dark.
const first = await (await page.request.post(`${base}/api/v1/statuses`, { headers, data: { status: 'Our rye loaf is back. What should we bake next week? #bakery\n\nEverything at https://example.org/bread' } })).json();
await page.request.post(`${base}/api/v1/statuses`, { headers, data: { status: 'And cardamom buns on Tuesday.', in_reply_to_id: first.id, spoiler_text: 'Buns' } });
await page.goto(`${base}/@harbour`);
await picture('brand');
await page.goto(first.url);
seen.post_text = await page.locator('main').innerText();
await picture('post');
await page.goto(`${base}/`);
await picture('front');
await page.goto(`${base}/settings/applications`);
await picture('applications');
const missing = await page.goto(`${base}/@nobody`);
seen.missing = missing.status();
await picture('missing');

const plain = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false, colorScheme: 'dark', locale: 'nl-NL' });
const dark = await plain.newPage();
await dark.goto(first.url);
seen.dutch = await dark.locator('html').getAttribute('lang');
await dark.screenshot({ path: `${folder}/post-dark-dutch-phone.png`, fullPage: true });
await dark.goto(`${base}/@harbour`);
await dark.screenshot({ path: `${folder}/brand-dark-dutch-phone.png`, fullPage: true });

await browser.close();
console.log(JSON.stringify(seen));
