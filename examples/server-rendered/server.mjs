// Stands for any language that renders pages on the server: asks Belfry with the admin's own cookie, and writes what it says.
import { createServer } from 'node:http';

const belfry = process.env.BELFRY_URL ?? 'http://localhost:3000';
const text = (value) => value.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const server = createServer(async (request, response) => {
  const headers = { cookie: request.headers.cookie ?? '' };
  const answer = await fetch(`${belfry}/v1/notifications?status=unread&limit=5`, { headers }).catch(() => undefined);
  const { data } = answer?.ok ? await answer.json() : { data: [] };
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html>
<html lang="en">
<title>Server-rendered</title>
<script type="module" src="${belfry}/belfry.js"></script>
<h1>Back office</h1>
<belfry-bell></belfry-bell>
<ul>${data.map(({ title }) => `<li>${text(title)}</li>`).join('')}</ul>
</html>`);
});

server.listen(process.env.PORT ?? 8080, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
