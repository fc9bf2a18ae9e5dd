"""The counter's full screen, by Textual: an extra, `certx[counter]`."""
