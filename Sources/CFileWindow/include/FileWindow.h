#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// Windows onto files: pieces of the page cache, mapped read-only one after the other at the same addresses.
///
/// A file that is truncated takes its pages away from under a reader, who would be killed by SIGBUS. Behind a window stands a handler
/// that puts zeros in their place and marks the window as torn. Faults elsewhere go to whoever handled SIGBUS before.

/// Installs the handler, once.
void tidemill_windows_prepare(void);

/// Reserves addresses for `capacity` bytes, a multiple of the page size. Returns a number for the window, or -1 when there is none.
int tidemill_window_open(size_t capacity);

/// Maps `length` bytes of a file from `offset` on, a multiple of the page size, in place of what the window showed. Behind them, and
/// up to the window's end, are zeros: one page at least, so `length` is at most `capacity` less a page.
///
/// Returns where they are; or NULL when the system can't, and then the window is closed.
const void *tidemill_window_show(int window, int file, off_t offset, size_t length);

/// Maps those of a window's bytes that the page cache has at once, which is cheaper than one fault after another. Where the system can't,
/// nothing happens: they are mapped when they are read.
void tidemill_window_fetch(const void *start, size_t length);

/// Lets go of the file: zeros are in its place.
void tidemill_window_clear(int window);

/// Whether it can show anything: not after it failed to.
bool tidemill_window_is_open(int window);

/// Whether pages have gone since the window was last shown something.
bool tidemill_window_is_torn(int window);

/// Gives the addresses back.
void tidemill_window_close(int window);
