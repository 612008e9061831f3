// placeholder so that the skeleton configures
