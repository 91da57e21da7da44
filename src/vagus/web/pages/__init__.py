"""The pages: each file holds the views of one of them."""
