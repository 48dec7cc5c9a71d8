"""Files of pictures: which formats are read, and what of one is left out or scaled down before it is decoded."""
