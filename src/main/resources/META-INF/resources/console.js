const lost = document.getElementById('lost');
let heard = new Date();

function showLost() {
  lost.querySelector('time').textContent = heard.toLocaleTimeString();
  lost.hidden = false;
}

function showFound() {
  heard = new Date();
  lost.hidden = true;
}

document.body.addEventListener('htmx:sseOpen', showFound);
document.body.addEventListener('htmx:sseMessage', showFound);
document.body.addEventListener('htmx:sseError', showLost);
document.body.addEventListener('htmx:sendError', showLost);
window.addEventListener('offline', showLost);

// The session has ended: the page itself leads to the log-in.
document.body.addEventListener('htmx:responseError', event => {
  if (event.detail.xhr.status === 401) window.location.reload();
});
