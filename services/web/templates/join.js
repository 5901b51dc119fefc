// The way in: whoever comes back on this device gets the seat that they have.
const form = document.getElementById("join");
const key = `colloquy-seat:${location.pathname}`;

function remembered() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

if (form !== null) {
  const seat = remembered();
  if (seat !== null) {
    form.elements.seat_id.value = seat;
    document.getElementById("back").hidden = false;
  }
  form.addEventListener("submit", () => {
    try {
      localStorage.setItem(key, form.elements.seat_id.value);
    } catch {
      // The link of the seat still leads to it.
    }
  });
}
