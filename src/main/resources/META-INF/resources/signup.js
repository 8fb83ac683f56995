const LARGEST_PHOTO = 5 * 1024 * 1024;
const LARGEST_MOVING = 20 * 1024 * 1024;
const CAN_MOVE = ['image/gif', 'video/mp4'];
const TOO_LARGE = 'The file is too large: choose a photo of at most 5 MiB, or an animated GIF or an MP4 video of at most 20 MiB.';
const LOOK_EVERY_MS = 250;
const FINISHED = ['completed', 'dead', 'cancelled'];
const LABELS = {
  'welcome-email': 'Welcome mail',
  'avatar-resize': 'Picture in three sizes',
  'analytics-sync': 'Analytics event',
};
const STATES = {
  scheduled: 'due later',
  queued: 'waiting',
  running: 'at work …',
  completed: '✓ done',
  dead: '✗ failed: an operator will look',
  cancelled: 'cancelled',
};

const element = id => document.getElementById(id);

function show(problem) {
  const violations = problem.violations ?? [];
  for (const {field, message} of violations) {
    const place = element(`${field}-violation`);
    if (place) place.textContent = message;
  }
  if (violations.length === 0) element('problem').textContent = problem.detail;
}

async function problemOf(response) {
  if (response.headers.get('Content-Type')?.startsWith('application/problem+json')) return response.json();
  if (response.status === 413) return {detail: TOO_LARGE};
  return {detail: `The sign-up failed with status ${response.status}: try again in a moment.`};
}

function render(jobs) {
  element('jobs').replaceChildren(...jobs.map(job => {
    const item = document.createElement('li');
    const label = document.createElement('span');
    label.textContent = LABELS[job.type] ?? job.type;
    const state = document.createElement('span');
    state.className = `state ${job.state}`;
    state.textContent = job.state === 'retrying' ? `attempt ${job.attempt} soon …` : STATES[job.state];
    item.append(label, state);
    return item;
  }));
}

function showPicture(user, jobs) {
  const picture = element('picture');
  const resized = jobs.some(job => job.type === 'avatar-resize' && job.state === 'completed');
  if (resized && picture.hidden) {
    picture.src = `/users/${user}/avatar/256`;
    picture.hidden = false;
  }
}

async function follow(user) {
  let unfinished = true;
  while (unfinished) {
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
    try {
      const response = await fetch(`/signup/${user}`);
      if (response.status === 404) { // nobody is told whether the address was taken
        element('jobs').replaceChildren();
        element('answered').textContent = 'Look into your mailbox: a mail says how it goes on.';
        return;
      }
      if (!response.ok) throw new Error(`status ${response.status}`);
      const {jobs} = await response.json();
      render(jobs);
      showPicture(user, jobs);
      unfinished = jobs.some(job => !FINISHED.includes(job.state));
    } catch (failure) {
      element('answered').textContent = `The connection is lost (${failure.message}); trying again …`;
    }
  }
}

async function signUp(event) {
  event.preventDefault();
  document.querySelectorAll('.violation').forEach(place => { place.textContent = ''; });
  const form = new FormData(event.target);
  const avatar = form.get('avatar');
  if (avatar.size > (CAN_MOVE.includes(avatar.type) ? LARGEST_MOVING : LARGEST_PHOTO)) {
    element('avatar-violation').textContent = TOO_LARGE;
    return;
  }
  if (avatar.name === '') form.delete('avatar');
  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    const start = performance.now();
    const response = await fetch('/signup', {method: 'POST', body: form});
    const milliseconds = Math.round(performance.now() - start);
    if (response.status !== 201) {
      show(await problemOf(response));
      return;
    }
    const user = await response.json();
    element('signup').hidden = true;
    element('result').hidden = false;
    element('greeting').textContent = `Welcome, ${user.name}!`;
    element('answered').textContent = `You were signed up in ${milliseconds} ms.`;
    render(user.jobs.map(job => ({...job, attempt: 1})));
    follow(user.id);
  } catch {
    element('problem').textContent = 'The server cannot be reached: check your connection and try again.';
  } finally {
    button.disabled = false;
  }
}

element('signup').addEventListener('submit', signUp);
