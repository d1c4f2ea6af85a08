"""The core: frames and values in, frames and values out. Opens nothing, knows no clock, imports none of ours."""
